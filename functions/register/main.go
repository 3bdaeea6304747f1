// Command register guarantees visitors their places, over the socket or over HTTP.
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
