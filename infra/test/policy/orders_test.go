package policy_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"foyer/infra/local"
	localstripe "foyer/infra/local/stripe"
	"foyer/internal/problem"
	"foyer/internal/room/token"
	"foyer/internal/sale/order"
	"foyer/internal/sale/pay/stripe"
	"foyer/internal/store/dynamo/dynsale"
)

// bought is an order as a story knows it.
type bought struct{ Order, Secret, CheckoutURL string }

// orders are bought in every way: paid with and without a message, given up by the buyer, ended at the provider, swept,
// refunded, and left behind before there was a page.
func orders(w *world) {
	seats := dynsale.NewSeats(w.cloud.Dynamo, w.cloud.Prefix+"seats", w.cloud.Prefix+"holds")
	store := dynsale.NewOrders(w.cloud.Dynamo, w.cloud.Prefix+"orders", seats)
	w.hall("orders")
	w.zone("orders", nil)

	paid := w.buys()
	w.pays(paid, localstripe.WebhookTwice)
	w.becomes(store, paid, order.Paid)
	w.is(http.StatusConflict)(w.about(paid, http.MethodPost, "/cancel"))

	given := w.buys()
	w.is(http.StatusOK)(w.about(given, http.MethodGet, "")) // not paid yet: the provider is asked, at a pace
	w.is(http.StatusOK)(w.about(given, http.MethodPost, "/cancel"))
	w.becomes(store, given, order.Cancelled)

	ended := w.buys()
	adapter := &stripe.Provider{Keys: vault(w.cloud.Secrets.Get(local.PayKeysID)), URL: w.cloud.Provider.Base(),
		Client: http.DefaultClient, Now: time.Now}
	if _, err := adapter.Expire(w.Context(), w.order(store, ended.Order)); err != nil {
		w.Fatal(err)
	}
	w.becomes(store, ended, order.Cancelled)

	lost := w.buys()
	w.pays(lost, localstripe.WebhookNever)
	late := w.buys()
	left := w.order(store, w.buys().Order)
	for _, id := range []string{lost.Order, late.Order} {
		w.put(store, id, func(o *order.Order) { o.PayBy, o.Due = time.Now().Add(-time.Second), time.Now().Add(-time.Second) })
	}
	w.put(store, left.ID, func(o *order.Order) { o.Session, o.URL = "", "" })
	w.put(store, left.ID, func(o *order.Order) {
		o.State, o.Reason, o.Due = order.Closing, order.ByBuyer, time.Now().Add(-time.Hour)
	})
	w.until("the sweep", func() bool {
		// The payments function, which can't ask for a lost page, may have put the order off.
		w.put(store, left.ID, func(o *order.Order) { o.Due = time.Now().Add(-time.Hour) })
		if _, failure, err := w.cloud.Lambda.Invoke(w.Context(), "sweep", []byte(`{}`)); err != nil || failure != "" {
			w.Fatalf("%s %v", failure, err)
		}
		return !w.order(store, left.ID).Open()
	})
	w.becomes(store, lost, order.Paid)
	w.becomes(store, late, order.Expired)

	taken := w.buys() // and authorised, its seats taken: capturing, and the end of the visit, are the payments function's
	w.pays(taken, localstripe.WebhookNever)
	w.put(store, taken.Order, func(o *order.Order) {
		o.State, o.AuthorisedAt, o.Due = order.Authorised, time.Now(), time.Now().Add(time.Hour)
	})
	w.becomes(store, taken, order.Paid)

	w.put(store, paid.Order, func(o *order.Order) { // not yet due for the sweep: the payments function's
		o.RefundAt, o.Reason, o.Due = time.Now(), order.ByRefund, time.Now().Add(time.Hour)
	})
	w.becomes(store, paid, order.Refunded)
	if money := w.cloud.Provider.Money(paid.Order); len(money) != 1 || money[0] != "refunded" {
		w.Errorf("the money is %v", money)
	}
}

// vault holds a secret.
type vault string

func (v vault) Value(context.Context, bool) (string, error) { return string(v), nil }

// buys lets a new visitor in, which chooses a seat and starts to pay.
func (w *world) buys() (b bought) {
	w.Helper()
	v := w.visitor("orders", 0)
	w.is(http.StatusOK)(w.post(v, "register", ""))
	access := w.enters(v)
	for _, step := range [][2]string{{"seats", `{"best":{"n":1}}`},
		{"orders", `{"email":"` + v.ID.String() + `@example.com","name":"Ada"}`}} {
		r := w.request(http.MethodPost, "/foyer/zones/orders/"+step[0], step[1])
		r.Header.Set(token.AccessHeader, access)
		r.Header.Set("Idempotency-Key", v.ID.String())
		status, text := w.do(r)
		if status != http.StatusOK {
			w.Fatalf("%s: %d %s", step[0], status, text)
		}
		if step[0] == "orders" {
			if err := json.NewDecoder(bytes.NewBufferString(text)).Decode(&b); err != nil || b.CheckoutURL == "" {
				w.Fatalf("%s: %v", text, err)
			}
		}
	}
	return b
}

func (w *world) pays(b bought, webhook localstripe.Webhook) {
	w.Helper()
	session := b.CheckoutURL[len(w.cloud.Provider.Base()+"/pay/"):]
	if _, err := w.cloud.Provider.Pay(session, localstripe.Approve, webhook); err != nil {
		w.Fatal(err)
	}
}

// about asks about an order with its secret.
func (w *world) about(b bought, method, what string) (int, string) {
	w.Helper()
	r := w.request(method, "/foyer/orders/"+b.Order+what, "")
	r.Header.Set("x-foyer-order-secret", b.Secret)
	return w.do(r)
}

func (w *world) order(store *dynsale.Orders, id string) order.Order {
	w.Helper()
	o, err := store.Get(w.Context(), id)
	if err != nil {
		w.Fatal(err)
	}
	return o
}

// put changes an order behind the functions' backs, also while they change it.
func (w *world) put(store *dynsale.Orders, id string, change func(*order.Order)) {
	w.Helper()
	w.until("a change of order "+id, func() bool {
		before := w.order(store, id)
		after := before
		after.Version++
		change(&after)
		err := store.Save(w.Context(), before, after)
		if err != nil && problem.CodeOf(err) != problem.Conflict {
			w.Fatal(err)
		}
		return err == nil
	})
}

// becomes waits for an order to reach a state without asking the checkout function, and then sees what its page would.
func (w *world) becomes(store *dynsale.Orders, b bought, want order.State) {
	w.Helper()
	w.until("order "+b.Order+" to be "+string(want), func() bool { return w.order(store, b.Order).State == want })
	w.is(http.StatusOK)(w.about(b, http.MethodGet, ""))
}
