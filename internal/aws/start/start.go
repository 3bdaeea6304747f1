// Package start starts functions of the deployment and doesn't wait for them.
package start

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// API is the part of the SDK's client in use.
type API interface {
	Invoke(context.Context, *lambda.InvokeInput, ...func(*lambda.Options)) (*lambda.InvokeOutput, error)
}

// Functions are some functions, by their names.
type Functions struct {
	Client API
	Names  []string
}

// Start starts each of them with the event. One that can't be started keeps no other from it.
func (f Functions) Start(ctx context.Context, event any) error {
	payload, err := json.Marshal(event)
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	var all error
	for _, name := range f.Names {
		_, err := f.Client.Invoke(ctx, &lambda.InvokeInput{
			FunctionName: &name, InvocationType: types.InvocationTypeEvent, Payload: payload,
		})
		if err != nil {
			all = errors.Join(all, fmt.Errorf("start: %s: %w", name, err))
		}
	}
	return all
}
