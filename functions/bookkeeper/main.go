// Command bookkeeper writes the ledger.
package main

import (
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"foyer/internal/boot/bookkeeper"
)

func main() {
	f, err := bookkeeper.Wire(os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(f.Handle)
}
