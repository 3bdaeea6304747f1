package sam

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"foyer/infra/local/stripe"
	"foyer/internal/gateway/sale"
	"foyer/internal/store/dynamo/dynsale"
)

// OrderID is the events' order: their visitor and their Idempotency-Key always make this one.
const OrderID = "ac492da52227059b3a1aefb9b31a120b"

// Run hands an event to its function and returns the answer.
type Run func(ctx context.Context, c Case) ([]byte, error)

// The steps of a history that are no events.
const (
	pays    = "the buyer pays, and no webhook comes"
	overdue = "the order is past its time"
	stuck   = "the provider captures nothing"
	unstuck = "the provider captures again"
)

// histories are what came before the cases of an order.
var histories = map[string][]string{
	"checkout-order":      {"seats-choose"},
	"checkout-read":       {"seats-choose", "checkout-order"},
	"checkout-cancel":     {"seats-choose", "checkout-order"},
	"checkout-mail":       {"seats-choose", "checkout-order", pays, "webhook-completed"},
	"webhook-completed":   {"seats-choose", "checkout-order", pays},
	"payments-authorised": {"seats-choose", "checkout-order", pays, stuck, "webhook-completed", unstuck},
	"mailer-paid":         {"seats-choose", "checkout-order", pays, "webhook-completed"},
	"sweep-schedule":      {"seats-choose", "checkout-order", pays, overdue},
}

// Orders is the orders.
func (w *World) Orders() *dynsale.Orders {
	return dynsale.NewOrders(w.Dynamo, TablePrefix+"orders", w.Seats())
}

func (w *World) live(ctx context.Context, history []string, now time.Time, run Run) error {
	for _, step := range history {
		var err error
		switch step {
		case pays:
			err = w.pay(ctx)
		case stuck, unstuck:
			w.players.Load().stuck.Store(step == stuck)
		case overdue:
			err = w.overdue(ctx, now)
		default:
			err = w.event(ctx, step, run)
		}
		if err != nil {
			return fmt.Errorf("samtest: %s: %w", step, err)
		}
	}
	return nil
}

// event is a step that is an event; its answer must be a good one, unless the provider is stuck: then it comes
// of again.
func (w *World) event(ctx context.Context, name string, run Run) error {
	c, err := ReadCase(filepath.Join(w.root, "events"), name)
	if err != nil {
		return err
	}
	answer, err := run(ctx, c)
	if err != nil {
		return err
	}
	var response struct{ StatusCode int }
	if err := json.Unmarshal(answer, &response); err != nil || response.StatusCode != http.StatusOK &&
		!w.players.Load().stuck.Load() {
		return fmt.Errorf("answered %s", answer)
	}
	return nil
}

// trouble is the provider's while it is stuck.
func (p *players) trouble(step, _ string) stripe.Trouble {
	if step == "capture" && p.stuck.Load() {
		return stripe.Trouble{Status: http.StatusInternalServerError}
	}
	return stripe.Trouble{}
}

func (w *World) pay(ctx context.Context) error {
	o, err := w.Orders().Get(ctx, OrderID)
	if err != nil {
		return err
	}
	_, err = w.Provider().Pay(o.Session, stripe.Approve, stripe.WebhookNever)
	return err
}

func (w *World) overdue(ctx context.Context, now time.Time) error {
	_, err := w.Dynamo.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:        aws.String(TablePrefix + "orders"),
		Key:              map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: OrderID}},
		UpdateExpression: aws.String("SET due = :due"),
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":due": &types.AttributeValueMemberN{Value: strconv.FormatInt(now.UnixMilli()-1, 10)}},
	})
	return err
}

// resign signs a webhook's event anew, whose signature is good for five minutes; other events are left as they are.
func resign(now time.Time, event []byte) []byte {
	var e map[string]any
	if json.Unmarshal(event, &e) != nil {
		return event
	}
	headers, _ := e["headers"].(map[string]any)
	if headers[sale.HeaderSignature] == nil {
		return event
	}
	mac := hmac.New(sha256.New, []byte(webhookSecret))
	fmt.Fprintf(mac, "%d.%s", now.Unix(), e["body"])
	headers[sale.HeaderSignature] = fmt.Sprintf("t=%d,v1=%s", now.Unix(), hex.EncodeToString(mac.Sum(nil)))
	signed, err := json.Marshal(e)
	if err != nil {
		return event
	}
	return signed
}
