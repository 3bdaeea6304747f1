package room

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"foyer/internal/aws/keyring"
	"foyer/internal/gateway/web"
	"foyer/internal/problem"
	"foyer/internal/room/token"
	"foyer/internal/testkit/gatewaytest"
)

// granted checks that a text is an access token for the grant that the door gave.
func (s *stage) granted(text string) {
	s.Helper()
	a, err := s.admit.Tokens.(*keyring.Keyring).Access(s.Context(), "main", text)
	if err != nil || a.Ref != s.door.inside.Ref || a.ID.String() != gatewaytest.VisitorHex {
		s.Errorf("access token of %v %v, error %v", a.ID, a.Ref, err)
	}
}

// cookieValue gives a cookie that was set and its attributes.
func cookieValue(cookies []string, name string) (value, attributes string, found bool) {
	for _, c := range cookies {
		if rest, ok := strings.CutPrefix(c, name+"="); ok {
			value, attributes, _ = strings.Cut(rest, "; ")
			return value, attributes, true
		}
	}
	return "", "", false
}

func TestClaimingGivesABrowserACookie(t *testing.T) {
	s := newStage(t)
	got := s.do("admit-claim", "")
	if want := `{"state":"inside","ref":"1.0","endsIn":3600,"renewIn":90}`; got.StatusCode != 200 ||
		got.Body != want {
		t.Errorf("%d %s, want %s", got.StatusCode, got.Body, want)
	}
	text, attributes, _ := cookieValue(got.Cookies, "__Host-foyer-a-main")
	if want := "Max-Age=3600; Secure; HttpOnly; SameSite=None; Path=/"; attributes != want {
		t.Errorf("attributes %q, want %q", attributes, want)
	}
	s.granted(text)
}

func TestClaimingGivesAnAPIClientAToken(t *testing.T) {
	s := newStage(t)
	got := s.do("admit-claim-api-client", "")
	var body entered
	if err := json.Unmarshal([]byte(got.Body), &body); err != nil || len(got.Cookies) != 0 {
		t.Fatalf("%s, cookies %v, error %v", got.Body, got.Cookies, err)
	}
	s.granted(body.AccessToken)
}

func TestTheGrantIsTheOneNamedOrElseThatOfTheAccessToken(t *testing.T) {
	for _, c := range []struct{ event, patch, asked string }{
		{"admit-claim", "", "enter main " + gatewaytest.VisitorHex + " 1.0"},
		{"admit-claim", `{"body":"{\"ref\":\"12.3\"}"}`, "enter main " + gatewaytest.VisitorHex + " 12.3"},
		{"admit-claim", `{"body":null}`, "enter main " + gatewaytest.VisitorHex + " 0.0"},
		{"admit-renew", "", "enter main " + gatewaytest.VisitorHex + " 1.0"},
		{"admit-direct", "", "direct main " + gatewaytest.VisitorHex + " 0.0"},
		{"admit-leave", "", "leave main " + gatewaytest.VisitorHex + " 1.0"},
	} {
		s := newStage(t)
		s.do(c.event, c.patch)
		if len(s.door.asked) != 1 || s.door.asked[0] != c.asked {
			t.Errorf("%s %s: asked %q, want %q", c.event, c.patch, s.door.asked, c.asked)
		}
	}
}

func TestAnotherVisitorsAccessTokenSaysNothing(t *testing.T) {
	s := newStage(t)
	text, _, err := s.admit.Tokens.SignAccess(t.Context(), token.Access{
		Zone: "main", ID: [16]byte{9}, Ref: s.door.inside.Ref, Expires: s.Now.Add(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.do("admit-renew", `{"cookies":["`+s.cookie()+`","__Host-foyer-a-main=`+text+`"]}`)
	if want := "enter main " + gatewaytest.VisitorHex + " 0.0"; s.door.asked[0] != want {
		t.Errorf("asked %q, want %q", s.door.asked[0], want)
	}
}

func TestTheNetworkOfTheViewerIsPassedOnAndSigned(t *testing.T) {
	s := newStage(t)
	s.do("admit-direct", "")
	ring, err := s.admit.Tokens.Network(t.Context(), "main", "4 203.0.113")
	if err != nil || s.door.from != ring || ring == "" {
		t.Errorf("asked from %q, want %q; %v", s.door.from, ring, err)
	}
	s.door.inside.Networks = token.Networks{V4: ring}
	text, _, _ := cookieValue(s.do("admit-direct", "").Cookies, "__Host-foyer-a-main")
	a, err := s.admit.Tokens.Access(t.Context(), "main", text)
	if err != nil || a.Networks != s.door.inside.Networks || !a.AskAt.Equal(s.Now.Add(2*time.Minute)) {
		t.Errorf("signed %+v, %v", a, err)
	}
	s.do("admit-claim", "")
	if s.door.from != "" {
		t.Errorf("without an address it asked from %q", s.door.from)
	}
}

func TestEveryRefusalHasItsStatusAndAdvice(t *testing.T) {
	for _, c := range []struct {
		err    *problem.Error
		status int
		retry  string
	}{
		{&problem.Error{Code: problem.NotCalled, RetryAfter: 1500 * time.Millisecond}, 409, "2"},
		{&problem.Error{Code: problem.Elsewhere, RetryAfter: time.Minute}, 409, "60"},
		{&problem.Error{Code: problem.Missed}, 409, ""},
		{&problem.Error{Code: problem.NotOpen}, 409, ""},
		{&problem.Error{Code: problem.Ended}, 410, ""},
		{&problem.Error{Code: problem.UnknownZone}, 404, ""},
		{&problem.Error{Code: problem.Busy, RetryAfter: time.Second}, 503, "1"},
	} {
		s := newStage(t)
		s.door.err = c.err
		got := s.do("admit-claim", "")
		var doc problem.Document
		_ = json.Unmarshal([]byte(got.Body), &doc)
		if got.StatusCode != c.status || doc.Status != c.status || doc.Code != c.err.Code ||
			got.Headers["retry-after"] != c.retry {
			t.Errorf("%s: %d, Retry-After %q, %s", c.err.Code, got.StatusCode, got.Headers["retry-after"], got.Body)
		}
		if got.Headers["content-type"] != "application/problem+json" || doc.RequestID != "JKJaXmPLvHcESHA=" {
			t.Errorf("%s: headers %v, document %+v", c.err.Code, got.Headers, doc)
		}
	}
}

func TestAVisitThatHasEndedTakesItsCookiesAlong(t *testing.T) {
	for _, event := range []string{"admit-claim", "admit-direct"} {
		s := newStage(t)
		s.door.err = problem.New(problem.Ended, "")
		s.forgotten(s.do(event, ""))
	}
	s := newStage(t)
	s.door.err = problem.New(problem.Missed, "")
	if got := s.do("admit-claim", ""); len(got.Cookies) != 0 {
		t.Errorf("who missed keeps the place, and lost %v", got.Cookies)
	}
}

func TestAnInviteThatIsUsedUpGoesBackToTheOldPlace(t *testing.T) {
	s := newStage(t)
	s.door.err = problem.New(problem.Ended, "")
	got := s.do("admit-claim", `{"cookies":["`+s.cookie()+`","__Host-foyer-o-main=old"]}`)
	visitor, attributes, _ := cookieValue(got.Cookies, token.VisitorCookie("main"))
	old, gone, _ := cookieValue(got.Cookies, token.OldCookie("main"))
	if visitor != "old" || !strings.HasPrefix(attributes, "Max-Age=604800; ") || old != "" ||
		!strings.HasPrefix(gone, "Max-Age=0; ") {
		t.Errorf("cookies %v", got.Cookies)
	}
}

// forgotten checks that both cookies are taken away.
func (s *stage) forgotten(got web.Response) {
	s.Helper()
	for _, name := range []string{token.VisitorCookie("main"), token.AccessCookie("main")} {
		value, attributes, found := cookieValue(got.Cookies, name)
		if !found || value != "" || !strings.HasPrefix(attributes, "Max-Age=0; Secure") {
			s.Errorf("%s is set to %q with %q in %v", name, value, attributes, got.Cookies)
		}
	}
}

func TestLeavingTakesBothCookiesAlong(t *testing.T) {
	s := newStage(t)
	got := s.do("admit-leave", "")
	if got.StatusCode != 200 || got.Body != `{"state":"left"}` {
		t.Errorf("%d %s", got.StatusCode, got.Body)
	}
	s.forgotten(got)
}

func TestGoingInDirectlyWithAnAccessTokenAsksForItsGrantFirst(t *testing.T) {
	for _, c := range []struct {
		code  problem.Code
		asked int
	}{{"", 1}, {problem.Ended, 1}, {problem.NotOpen, 1}, {problem.Missed, 2}, {problem.NotCalled, 2}} {
		s := newStage(t)
		if c.code != "" {
			s.door.err = problem.New(c.code, "")
		}
		access := s.Request("admit-renew", "").Cookies[1]
		s.do("admit-direct", `{"cookies":["`+s.cookie()+`","`+access+`"]}`)
		if len(s.door.asked) != c.asked || s.door.asked[0] != "enter main "+gatewaytest.VisitorHex+" 1.0" {
			t.Errorf("%s: asked %q, want %d", c.code, s.door.asked, c.asked)
		}
	}
}

func TestAllowNamesTheMethodsThereAre(t *testing.T) {
	s := newStage(t)
	got := s.do("admit-claim", `{"requestContext":{"http":{"method":"PUT"}}}`)
	if got.StatusCode != http.StatusMethodNotAllowed || got.Headers["allow"] != "POST" {
		t.Errorf("%d, Allow %q", got.StatusCode, got.Headers["allow"])
	}
}

func TestNothingThatIdentifiesAnybodyIsLoggedOrMeasured(t *testing.T) {
	s := newStage(t)
	for _, event := range []string{"register-http", "register-connect", "admit-claim", "admit-direct", "admit-leave"} {
		s.do(event, "")
		s.door.err = problem.Wrap(problem.Internal, errDown, "")
		s.do(event, `{"queryStringParameters":{"zone":"gone"}}`)
		s.do(event, `{"headers":{"origin":"https://evil.example","Origin":"https://evil.example"}}`)
	}
	out := s.Logs.String() + s.Metrics.String()
	secrets := []string{
		gatewaytest.VisitorHex, gatewaytest.DoorSecret, gatewaytest.SocketID, s.cookie()[len("__Host-foyer-v-main="):],
	}
	if i := slices.IndexFunc(secrets, func(x string) bool { return strings.Contains(out, x) }); i >= 0 {
		t.Errorf("%q is in the log", secrets[i])
	}
	if !strings.Contains(out, "database is down") || !strings.Contains(out, `"requestId":"JKJaXmPLvHcESHA="`) {
		t.Errorf("the log tells no causes: %s", out)
	}
}
