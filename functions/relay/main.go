// Command relay keeps the edge in step with the zones.
package main

import (
	"context"
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"foyer/internal/boot"
)

func main() {
	f, err := boot.Relay(context.Background(), os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(f.Handle)
}
