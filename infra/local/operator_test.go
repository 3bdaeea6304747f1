package local

import (
	"strings"
	"testing"
)

func TestAnOperatorsShellKnowsTheLocalCloud(t *testing.T) {
	c := &Cloud{Database: "http://127.0.0.1:1", Ledger: "postgres://owner@127.0.0.1:2/x?y='z'",
		inside: &Inside{Address: "http://127.0.0.1:3", Database: "http://127.0.0.1:1", Prefix: "run-1-"}}
	got, err := c.Operator()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"export ZONES_TABLE='run-1-zones'", "export ORDERS_TABLE='run-1-orders'",
		"export TOKEN_KEYS_SECRET='foyer/token-keys'",
		"export TICKET_KEYS_SECRET='foyer/ticket-keys'", "export PAY_KEYS_SECRET='foyer/pay-keys'",
		"export MAILS_QUEUE='http://127.0.0.1:3/queues/", "export AWS_ENDPOINT_URL_DYNAMODB='http://127.0.0.1:1'",
		"export STRIPE_API_URL='http://127.0.0.1:3'", "unset AWS_PROFILE\n",
		`export LEDGER_URL='postgres://owner@127.0.0.1:2/x?y='\''z'\'''`,
	} {
		if !strings.Contains(got, line) {
			t.Errorf("%s isn't in\n%s", line, got)
		}
	}
	if strings.Contains(got, "PROXY") {
		t.Error("it sends the rest of the shell through a proxy")
	}
}
