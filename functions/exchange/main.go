// Command exchange ends overdue grants and reserves slots for the first in line, every second in every open zone.
package main

import (
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	f, err := wire(os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(f.Handle)
}
