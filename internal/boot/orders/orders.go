// Package orders gives the functions that read orders from a stream or a queue what they read them with.
package orders

import (
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"

	"foyer/internal/sale/order"
	"foyer/internal/store/dynamo/dynsale"
)

// Decode reads an image of an order from a stream record.
func Decode(image json.RawMessage) (order.Order, error) {
	item, err := attributevalue.UnmarshalMapJSON(image)
	if err != nil {
		return order.Order{}, err
	}
	return dynsale.DecodeOrder(item)
}
