package checkout

import (
	"context"

	"foyer/internal/sale/order"
)

// Remail has the tickets of an order that the secret opens mailed again, to another address if one is given. It returns
// problem.Invalid for what is no address, problem.Conflict while there are no tickets, problem.Cooling and
// problem.Limit.
func (s *Starter) Remail(
	ctx context.Context, id string, secret order.LinkSecret, email string,
) (o order.Order, err error) {
	if email != "" {
		if email, err = order.CheckEmail(email); err != nil {
			return o, err
		}
	}
	if o, err = s.opened(ctx, id, secret); err != nil {
		return o, err
	}
	return s.move(ctx, o, order.Event{Kind: order.Remail, Email: email})
}
