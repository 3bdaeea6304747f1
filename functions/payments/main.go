// Command payments captures, gives back and refunds at the payment provider.
package main

import (
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"foyer/internal/boot/payments"
)

func main() {
	f, err := payments.Wire(os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(f.Handle)
}
