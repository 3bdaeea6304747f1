package local

import (
	"os/exec"
	"strings"
	"testing"

	"foyer/infra/topology"
)

func TestAnOperatorsShellKnowsTheLocalCloud(t *testing.T) {
	c := &Cloud{Database: "http://127.0.0.1:1", Ledger: "postgres://owner@127.0.0.1:2/x?y='z'",
		functions: topology.Functions,
		inside:    &Inside{Address: "http://127.0.0.1:3", Database: "http://127.0.0.1:1", Prefix: "run-1-"}}
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
	for output, want := range map[string]string{
		"LettersDispatch": "http://127.0.0.1:3/queues/123456789012/letters-dispatch", "FunctionDispatch": "dispatch",
	} {
		said, err := exec.Command("bash", "-c", got+"\nout "+output).CombinedOutput()
		if err != nil || strings.TrimSpace(string(said)) != want {
			t.Errorf("out %s: %s, %v", output, said, err)
		}
	}
	if err := exec.Command("bash", "-c", got+"\nout LettersNone").Run(); err == nil {
		t.Error("an output that there isn't is no error")
	}
	if strings.Contains(got, "PROXY") {
		t.Error("it sends the rest of the shell through a proxy")
	}
}
