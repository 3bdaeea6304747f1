// Command rotate replaces the token keys when Secrets Manager calls for it, and makes the first ones.
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
