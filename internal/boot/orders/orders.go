// Package orders decodes orders for the functions that read them from a stream or a queue.
package orders

import (
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"

	"foyer/internal/sale/order"
	"foyer/internal/store/dynamo/dynsale"
)

// Decode returns the order in an image of a stream record.
func Decode(image json.RawMessage) (order.Order, error) {
	item, err := attributevalue.UnmarshalMapJSON(image)
	if err != nil {
		return order.Order{}, err
	}
	return dynsale.DecodeOrder(item)
}
