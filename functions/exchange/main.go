// Command exchange ends overdue grants and reserves slots for the first in line, every second in every open zone.
package main

import (
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"foyer/internal/boot/exchange"
)

func main() {
	f, err := exchange.Wire(os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(f.Handle)
}
