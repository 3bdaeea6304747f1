// Command admit claims, renews and ends grants, and admits directly while there is room.
package main

import (
	"context"
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"foyer/internal/boot"
)

func main() {
	f, err := boot.Admit(context.Background(), os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(f.Handle)
}
