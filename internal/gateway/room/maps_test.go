package room

import (
	"net/http"
	"testing"
	"time"

	"foyer/internal/testkit/gatewaytest"
)

func TestAMapsHandshakeRegistersNobodyAndLetsItsConnectionLook(t *testing.T) {
	s := newStage(t)
	if got := s.do("register-connect-map", ""); got.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", got.StatusCode, got.Body)
	}
	if waiting := s.waiting(); len(waiting) > 0 {
		t.Errorf("waiting: %+v", waiting)
	}
	made := s.Now.Add(-400 * time.Millisecond).UTC().Format(time.RFC3339Nano)
	if want := "main " + gatewaytest.SocketID + " " + made; len(s.maps.opened) != 1 || s.maps.opened[0] != want {
		t.Errorf("opened %q, want %q", s.maps.opened, want)
	}
}

func TestAMapsHandshakeNeedsSomebodyInsideAndOurOwnPage(t *testing.T) {
	v := gatewaytest.ReadVectors(t)
	cookie := func(value string) string {
		pair := `"__Host-foyer-a-main=` + value + `"`
		return `{"headers":{"Cookie":` + pair + `},"multiValueHeaders":{"Cookie":[` + pair + `]}}`
	}
	for name, c := range map[string]struct {
		patch string
		want  int
	}{
		"no token":                    {`{"headers":{"Cookie":null},"multiValueHeaders":{"Cookie":null}}`, 401},
		"a token that has expired":    {cookie(v.Token(t, "access at its end")), 401},
		"another zone's token":        {cookie(v.Token(t, "access for another zone")), 401},
		"a visitor's token":           {cookie(v.Token(t, "access that is of the kind visitor")), 401},
		"another site's page":         {`{"headers":{"Origin":"https://evil.example.com"}}`, 403},
		"no origin":                   {`{"headers":{"Origin":null}}`, 403},
		"past the front door":         {`{"headers":{"x-foyer-front-door":null}}`, 403},
		"no zone":                     {`{"queryStringParameters":{"zone":null}}`, 404},
		"for something else: a queue": {`{"queryStringParameters":{"for":"queue"}}`, 401},
	} {
		s := newStage(t)
		if got := s.do("register-connect-map", c.patch); got.StatusCode != c.want {
			t.Errorf("%s: %d, want %d", name, got.StatusCode, c.want)
		}
		if len(s.maps.opened) > 0 {
			t.Errorf("%s: may look all the same", name)
		}
	}
}
