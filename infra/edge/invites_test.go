package edge

import (
	"strings"
	"testing"
	"time"

	"foyer/internal/room/token"
)

// TestALinkTakesNoPlaceAway opens an invite of better priority with a place in line: only a visitor's own click or
// typing changes the place, and the old one is kept beside it.
func TestALinkTakesNoPlaceAway(t *testing.T) {
	link := "GET /p?foyer_invite=" + inviteToken("main", 1)
	place := cookies(visitorCookie())
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		for site, want := range map[string]Kind{
			"cross-site": Room, "same-site": Room, "odd": Room, "same-origin": Arrived, "none": Arrived,
		} {
			asked := ask(link, person, "sec-fetch-site: "+site, place)
			o := run([]call{calling(asked, state("main", nil))})[0]
			if o.Kind() != want {
				t.Errorf("%s: %s, want %s", site, o.Kind(), want)
			}
			if want == Room {
				continue
			}
			kept := o.Response.Cookies["__Host-foyer-o-main"]
			if kept.Value != strings.TrimPrefix(visitorCookie(), "__Host-foyer-v-main=") ||
				kept.Attributes != o.Response.Cookies["__Host-foyer-v-main"].Attributes {
				t.Errorf("%s: the old place is kept as %+v", site, kept)
			}
		}
		o := run([]call{calling(ask(link, person, "sec-fetch-site: cross-site"), state("main", nil))})[0]
		if v, err := ring.ParseVisitor("main", o.Response.Cookies["__Host-foyer-v-main"].Value, now); err != nil ||
			v.Priority != 1 || len(o.Response.Cookies) != 1 {
			t.Errorf("somebody without a place: %+v, %v", v, err)
		}
	})
}

// A place that has expired is none: nothing of it is kept beside an invite's.
func TestAnExpiredPlaceIsNotKept(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		expired := cookies("__Host-foyer-v-main=" + visitorToken(token.VisitorLife))
		o := run([]call{calling(ask("GET /p?foyer_invite="+inviteToken("main", 1), browser, expired), state("main", nil))})[0]
		if o.Kind() != Arrived || len(o.Response.Cookies) != 1 {
			t.Errorf("%s, %+v", o.Kind(), o.Response)
		}
	})
}

func TestADeadInviteGivesNothingAndTheStatusSaysSo(t *testing.T) {
	expired := ring.SignInvite(token.Invite{Zone: "main", ID: ann, Priority: 1, Batch: "b1",
		Issued: now.Add(-time.Hour), Expires: now.Add(-time.Second)})
	good := inviteToken("main", 1)
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		for _, c := range []struct {
			name, invite, revoked, says string
			headers                     []string
		}{
			{"good", good, "", "good", nil},
			{"good, and another batch is revoked", good, " b10 b2 ", "good", nil},
			{"revoked", good, " b0 b1 b2 ", "dead", nil},
			{"expired", expired, "", "dead", nil},
			{"nonsense", "x", "", "dead", nil},
			{"better", good, "", "good", []string{cookies(visitorCookie())}},
			{"as good", inviteToken("main", 8), "", "no better", []string{cookies(visitorCookie())}},
			{"no better", inviteToken("main", 9), "", "no better", []string{cookies(visitorCookie())}},
		} {
			zone := state("main", with("x", c.revoked))
			says := run([]call{calling(ask("GET /foyer/zones/main/status?foyer_invite="+c.invite, c.headers...), zone)})[0]
			if got := body[struct{ Invite string }](t, says).Invite; got != c.says {
				t.Errorf("%s: the status says %q", c.name, got)
			}
			o := run([]call{calling(ask("GET /?foyer_invite="+c.invite, browser), zone)})[0]
			v, err := ring.ParseVisitor("main", o.Response.Cookies["__Host-foyer-v-main"].Value, now)
			if taken := v.Priority == 1; err != nil || taken != (c.says == "good") {
				t.Errorf("%s: priority %d, %v", c.name, v.Priority, err)
			}
		}
	})
}

func TestWhatEverySiteKeepsOpenIsOpen(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		for target, want := range map[string]Kind{
			"GET /robots.txt": Through, "HEAD /favicon.ico": Through, "GET /sitemap.xml": Through, "GET /sitemap-2.xml": Through,
			"GET /.well-known/apple-developer-merchantid-domain-association": Through,
			"GET /.well-known/acme-challenge/x_y-z":                          Through,
			"POST /robots.txt":                                               TooMany,
			"GET /x/robots.txt":                                              TooMany,
			"GET /robots.txt/x":                                              TooMany,
			"GET /.well-known":                                               TooMany,
			"GET /.well-known/../buy":                                        Refused,
			"GET /.well-known/%2e%2e/buy":                                    Refused,
			"GET /.well-known/%252e%252e/buy":                                Refused,
			"GET /Robots.txt":                                                Refused,
		} {
			if o := run([]call{calling(ask(target, client), state("main", nil))})[0]; o.Kind() != want || o.Reads > 1 {
				t.Errorf("%s: %s after %d reads, want %s", target, o.Kind(), o.Reads, want)
			}
		}
	})
}
