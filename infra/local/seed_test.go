package local

import (
	"encoding/json"
	"testing"

	"foyer/infra/local/secrets"
)

func TestSecretsAreSeededAsTheDeploymentWritesThem(t *testing.T) {
	s := secrets.New()
	seedSecrets(s, "sk_test_x", "whsec_x")
	var keys struct {
		Keys    []struct{ Kid, Key string }
		Seed    string
		Lasting struct{ Kid, Key string }
	}
	if json.Unmarshal([]byte(s.Get(TokenKeysID)), &keys); len(keys.Keys) != 1 || len(keys.Keys[0].Key) != 43 ||
		len(keys.Seed) != 43 || keys.Lasting.Kid != "l1" || len(keys.Lasting.Key) != 43 {
		t.Errorf("token keys %s", s.Get(TokenKeysID))
	}
	for _, id := range []string{FrontDoorID, SiteSecretID} {
		var slots map[string]string
		if json.Unmarshal([]byte(s.Get(id)), &slots); len(slots["a"]) != 43 || len(slots) != 2 || slots["b"] != "" {
			t.Errorf("%s: %q", id, s.Get(id))
		}
	}
	if got := s.Get(PayKeysID); got != `{"key":"sk_test_x","webhooks":["whsec_x"]}` {
		t.Errorf("pay keys %s", got)
	}
	var ticket struct{ Kid, Secret string }
	if json.Unmarshal([]byte(s.Get(TicketKeysID)), &ticket); ticket.Kid != "t1" || len(ticket.Secret) != 43 {
		t.Errorf("ticket keys %s", s.Get(TicketKeysID))
	}
}
