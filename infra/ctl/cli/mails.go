package cli

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"

	"foyer/internal/aws/jobs"
	"foyer/internal/sale/dispatch"
	"foyer/internal/sale/order"
	"foyer/internal/store/dynamo/dynsale"
)

// Mail queues a job of the mailer for each order. The mailer sends what the order asks for and wasn't sent yet.
func (q Queues) Mail(ctx context.Context, orders []order.Order) error {
	url := q.URLs[string(dispatch.Mails)]
	if url == "" {
		return &MissingError{"mails", "MAILS_QUEUE"}
	}
	var bodies []string
	for _, o := range orders {
		item, err := dynsale.EncodeOrder(o)
		if err != nil {
			return err
		}
		image, err := attributevalue.MarshalMapJSON(item)
		if err != nil {
			return err
		}
		bodies = append(bodies, `{"eventName":"MODIFY","dynamodb":{"NewImage":`+string(image)+`}}`)
	}
	to := jobs.Queues{Client: q.Client, URLs: map[dispatch.Queue]string{dispatch.Mails: url}}
	return errors.Join(to.Send(ctx, dispatch.Mails, bodies)...)
}
