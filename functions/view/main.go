// Command view changes which sections of a seat map a connection looks at.
package main

import (
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"foyer/internal/boot/view"
)

func main() {
	f, err := view.Wire(os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(f.Handle)
}
