package stripe

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	sdk "github.com/stripe/stripe-go/v83"

	"foyer/internal/sale/order"
	"foyer/internal/sale/pay"
	"foyer/internal/texts"
)

// metaOrder is the name under which Stripe keeps the order's id with everything made for it.
const metaOrder = "order"

// metaNumber is the name under which it keeps the order's number.
const metaNumber = "number"

// metaReturn is the name under which it keeps the number of a partial refund.
const metaReturn = "return"

// Open implements pay.Provider.
func (p *Provider) Open(ctx context.Context, c pay.Checkout) (pay.Session, error) {
	api, err := p.api(ctx)
	if err != nil {
		return pay.Session{}, err
	}
	s, err := api.V1CheckoutSessions.Create(ctx, opening(c))
	if err != nil {
		return pay.Session{}, failure(err)
	}
	return pay.Session{ID: s.ID, URL: s.URL}, nil
}

// opening returns the parameters of an order's checkout. They depend on the order as it was made, and on nothing else:
// Stripe refuses the same idempotency key with other parameters.
func opening(c pay.Checkout) *sdk.CheckoutSessionCreateParams {
	o := c.Order
	params := &sdk.CheckoutSessionCreateParams{
		Mode:               sdk.String(string(sdk.CheckoutSessionModePayment)),
		PaymentMethodTypes: sdk.StringSlice([]string{"card"}), // and with it Apple Pay, Google Pay and Link
		ClientReferenceID:  sdk.String(o.ID), CustomerEmail: sdk.String(o.Email),
		SuccessURL: sdk.String(c.Return), CancelURL: sdk.String(c.Back),
		ExpiresAt: sdk.Int64(o.PayBy.Add(order.SessionSpare).Unix()),
		PaymentIntentData: &sdk.CheckoutSessionCreatePaymentIntentDataParams{
			CaptureMethod: sdk.String(string(sdk.PaymentIntentCaptureMethodManual)),
			Metadata:      map[string]string{metaOrder: o.ID, metaNumber: o.Number},
			// An operator recognises the order at Stripe by these, and a buyer the payment on a statement. Stripe wants a
			// letter in the suffix, and 22 characters at most with the seller's name and what divides them.
			Description: sdk.String(description(o)), StatementDescriptorSuffix: sdk.String(o.Number),
			ReceiptEmail: sdk.String(o.Email),
		},
		CustomText: &sdk.CheckoutSessionCreateCustomTextParams{
			Submit: &sdk.CheckoutSessionCreateCustomTextSubmitParams{Message: sdk.String(deadline(o))},
		},
	}
	var event *string // Stripe takes no empty one
	if o.Event != "" {
		event = sdk.String(o.Event)
	}
	for _, l := range o.Lines {
		params.LineItems = append(params.LineItems, &sdk.CheckoutSessionCreateLineItemParams{
			Quantity: sdk.Int64(1),
			PriceData: &sdk.CheckoutSessionCreateLineItemPriceDataParams{
				Currency: sdk.String(o.Currency), UnitAmount: sdk.Int64(l.Price),
				ProductData: &sdk.CheckoutSessionCreateLineItemPriceDataProductDataParams{
					Name: sdk.String(l.Text()), Description: event,
				},
			},
		})
	}
	params.AddMetadata(metaOrder, o.ID)
	params.AddMetadata(metaNumber, o.Number)
	params.IdempotencyKey = stepKey(o, "open")
	return params
}

// mostText is how many characters of a description are shown in Stripe's lists.
const mostText = 200

// description says which order a payment is for.
func description(o order.Order) string {
	labels := make([]string, len(o.Lines))
	for i, l := range o.Lines {
		labels[i] = l.Text()
	}
	text := []rune("Order " + o.Number + ", " + o.Zone + ": " + strings.Join(labels, "; "))
	return string(text[:min(len(text), mostText)])
}

// deadline returns what the page says beside its button. The page may be opened anywhere, at any time: it counts from
// the order, and names the clock.
func deadline(o order.Order) string {
	d := texts.English()
	minutes := strconv.Itoa(int(o.PayBy.Sub(o.CreatedAt).Round(time.Minute).Minutes()))
	return d.Payment.Deadline.With("minutes", minutes, "time", d.Time(o.PayBy.UTC()))
}

// Get implements pay.Provider.
func (p *Provider) Get(ctx context.Context, o order.Order) (order.Payment, error) {
	api, err := p.api(ctx)
	if err != nil {
		return order.Payment{}, err
	}
	params := &sdk.CheckoutSessionRetrieveParams{}
	params.AddExpand("payment_intent.latest_charge.refunds")
	s, err := api.V1CheckoutSessions.Retrieve(ctx, o.Session, params)
	if err != nil {
		return order.Payment{}, failure(err)
	}
	if err := allRefunds(ctx, api, s.PaymentIntent); err != nil {
		return order.Payment{}, err
	}
	payment := ofSession(s)
	if disputed(s.PaymentIntent) {
		payment.Dispute, err = p.Disputes(ctx, payment.ID)
	}
	return payment, err
}

// allRefunds completes the refunds of a payment that has more than came with it.
func allRefunds(ctx context.Context, api *sdk.Client, i *sdk.PaymentIntent) error {
	if i == nil || i.LatestCharge == nil || i.LatestCharge.Refunds == nil || !i.LatestCharge.Refunds.HasMore {
		return nil
	}
	var all []*sdk.Refund
	for r, err := range api.V1Refunds.List(ctx, &sdk.RefundListParams{PaymentIntent: sdk.String(i.ID)}) {
		if err != nil {
			return failure(err)
		}
		all = append(all, r)
	}
	i.LatestCharge.Refunds.Data = all
	return nil
}

// Disputes returns the state of a payment whose charge is marked as disputed.
func (p *Provider) Disputes(ctx context.Context, payment string) (order.Dispute, error) {
	api, err := p.api(ctx)
	if err != nil {
		return order.Undisputed, err
	}
	var all []*sdk.Dispute
	for d, err := range api.V1Disputes.List(ctx, &sdk.DisputeListParams{PaymentIntent: sdk.String(payment)}) {
		if err != nil {
			return order.Undisputed, failure(err)
		}
		all = append(all, d)
	}
	if len(all) == 0 {
		return order.Disputed, nil // the charge is marked
	}
	return ofDisputes(all), nil
}

// Expire implements pay.Provider.
func (p *Provider) Expire(ctx context.Context, o order.Order) (order.Payment, error) {
	api, err := p.api(ctx)
	if err != nil {
		return order.Payment{}, err
	}
	params := &sdk.CheckoutSessionExpireParams{}
	params.IdempotencyKey = stepKey(o, "expire")
	s, err := api.V1CheckoutSessions.Expire(ctx, o.Session, params)
	return ofSession(s), failure(err)
}

// Capture implements pay.Provider.
func (p *Provider) Capture(ctx context.Context, o order.Order) (order.Payment, error) {
	api, err := p.api(ctx)
	if err != nil {
		return order.Payment{}, err
	}
	params := &sdk.PaymentIntentCaptureParams{AmountToCapture: sdk.Int64(o.Amount)}
	params.IdempotencyKey = stepKey(o, "capture")
	intent, err := api.V1PaymentIntents.Capture(ctx, o.Payment, params)
	return ofIntent(o.Session, intent), failure(err)
}

// Void implements pay.Provider.
func (p *Provider) Void(ctx context.Context, o order.Order) (order.Payment, error) {
	api, err := p.api(ctx)
	if err != nil {
		return order.Payment{}, err
	}
	params := &sdk.PaymentIntentCancelParams{}
	params.IdempotencyKey = stepKey(o, "void")
	intent, err := api.V1PaymentIntents.Cancel(ctx, o.Payment, params)
	return ofIntent(o.Session, intent), failure(err)
}

// Refund implements pay.Provider. Unlike other steps, a partial refund always has the same idempotency key: a part of a
// charge could be refunded twice, the whole remainder could not.
func (p *Provider) Refund(ctx context.Context, o order.Order) (order.Payment, error) {
	api, err := p.api(ctx)
	if err != nil {
		return order.Payment{}, err
	}
	params := &sdk.RefundCreateParams{PaymentIntent: sdk.String(o.Payment)}
	params.AddMetadata(metaOrder, o.ID)
	params.IdempotencyKey = stepKey(o, "refund")
	if number, amount := o.NextRefund(); number > 0 || amount > 0 {
		params.Amount = sdk.Int64(amount)
		params.AddMetadata(metaReturn, strconv.Itoa(number))
		params.IdempotencyKey = sdk.String(fmt.Sprintf("%s-return-%d-%d", o.ID, number, o.UsedKeys))
	}
	if _, err := api.V1Refunds.Create(ctx, params); err != nil {
		return order.Payment{}, failure(err)
	}
	return p.Get(ctx, o)
}

// Owner implements pay.Provider.
func (p *Provider) Owner(ctx context.Context, payment string) (string, error) {
	api, err := p.api(ctx)
	if err != nil {
		return "", err
	}
	intent, err := api.V1PaymentIntents.Retrieve(ctx, payment, &sdk.PaymentIntentRetrieveParams{})
	if err != nil {
		return "", failure(err)
	}
	return intent.Metadata[metaOrder], nil
}
