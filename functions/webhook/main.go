// Command webhook takes what the payment provider tells.
package main

import (
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"foyer/internal/boot/webhook"
)

func main() {
	f, err := webhook.Wire(os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(f.Handle)
}
