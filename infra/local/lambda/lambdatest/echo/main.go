// Command echo is a Lambda for tests of the local cloud: it does what its event says.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type order struct {
	Do   string `json:"do"`
	MS   int    `json:"ms"`
	Name string `json:"name"`
}

func main() {
	if os.Getenv("ECHO_INIT") == "exit" {
		os.Exit(3)
	}
	lambda.Start(handle)
}

func handle(ctx context.Context, event json.RawMessage) (any, error) {
	var o order
	json.Unmarshal(event, &o)
	fmt.Fprintln(os.Stderr, "doing", o.Do)
	time.Sleep(time.Duration(o.MS) * time.Millisecond)
	switch o.Do {
	case "panic":
		panic("as told")
	case "exit":
		os.Exit(o.MS)
	case "error":
		return nil, errors.New("as told")
	case "env":
		return os.Environ(), nil
	case "pid":
		return os.Getpid(), nil
	case "context":
		lc, _ := lambdacontext.FromContext(ctx)
		deadline, _ := ctx.Deadline()
		return map[string]any{
			"id": lc.AwsRequestID, "arn": lc.InvokedFunctionArn, "left": time.Until(deadline).Milliseconds(),
			"name": lambdacontext.FunctionName, "memory": lambdacontext.MemoryLimitInMB,
		}, nil
	case "touch":
		return nil, os.WriteFile(o.Name, nil, 0o600)
	}
	return event, nil
}
