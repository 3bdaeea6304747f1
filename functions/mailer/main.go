// Command mailer sends tickets by mail.
package main

import (
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"foyer/internal/boot/mailer"
)

func main() {
	f, err := mailer.Wire(os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(f.Handle)
}
