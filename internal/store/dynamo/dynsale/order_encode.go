package dynsale

import (
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"foyer/internal/sale/order"
)

// EncodeOrder is an order's item, as DecodeOrder takes it apart. Only Orders may write one where a sale runs: it alone
// takes the seats in the same transaction.
func EncodeOrder(o order.Order) (map[string]types.AttributeValue, error) { return orderItem(o) }
