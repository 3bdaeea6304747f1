package edge

import (
	"testing"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/token"
)

// from is the request from another address.
func from(ip string, e Event) Event {
	e.Viewer.IP = ip
	return e
}

// TestANetworkIsWhatGoHashes holds the edge's reading of an address, and its hash, to the vectors.
func TestANetworkIsWhatGoHashes(t *testing.T) {
	hashes := map[string]token.Network{}
	for _, v := range vectors.Networks {
		if v.Zone == "main" {
			hashes[v.Prefix] = token.Network(v.Hash)
		}
	}
	addresses := map[string]string{
		"192.0.2.1": "4 192.0.2", "192.0.2.255": "4 192.0.2", "10.0.0.1": "4 10.0.0",
		"2001:db8:1::": "6 2001:db8:1", "2001:db8:1:2:3:4:5:6": "6 2001:db8:1", "2001:0DB8:0001::5": "6 2001:db8:1",
		"::1": "6 0:0:0", "::": "6 0:0:0", "0:0:0:1::": "6 0:0:0", "fe80::1": "6 fe80:0:0", "fe80::2:3:4:5:6:7": "6 fe80:0:2",
		"1::2:3:4:5:6:7": "6 1:0:2", "1:2::3": "6 1:2:0",
	}
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		for ip, prefix := range addresses {
			api := run([]call{calling(from(ip, ask("POST /foyer/zones/main/enter")), nil)})[0]
			if got := api.Request.Headers["x-foyer-network"].Value; got != prefix {
				t.Errorf("%s is passed on as %q, want %q", ip, got, prefix)
			}
			hash, known := hashes[prefix]
			if !known {
				continue
			}
			networks, _ := token.Networks{}.Add(hash)
			access := ring.SignAccess(token.Access{
				Zone: "main", ID: ann, Ref: bucket.Ref{Page: 1}, Networks: networks,
			}, now)
			page := ask("GET /page", browser, cookies("__Host-foyer-a-main="+access))
			at := run([]call{calling(from(ip, page), state("main", nil))})[0]
			if at.Kind() != Admitted {
				t.Errorf("a page at %s: %s", ip, at.Kind())
			}
		}
	})
}

// TestAnotherNetworkAsksForPagesAndKeepsItsWork is a phone that leaves the house.
func TestAnotherNetworkAsksForPagesAndKeepsItsWork(t *testing.T) {
	inside := cookies(visitorCookie(), accessCookie(time.Minute))
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		for _, ip := range []string{"198.51.100.1", "192.0.3.1", "2001:db8::1"} {
			for _, c := range []struct {
				ask  Event
				want Kind
			}{
				{ask("GET /page", browser, inside), Entering},
				{ask("POST /buy", browser, inside), Admitted},
				{ask("GET /api", "sec-fetch-mode: cors", inside), Admitted},
				{ask("GET /a.png", "sec-fetch-mode: no-cors", inside), Admitted},
			} {
				o := run([]call{calling(from(ip, c.ask), state("main", nil))})[0]
				if o.Kind() != c.want {
					t.Errorf("%s %s from %s: %s, want %s", c.ask.Request.Method, c.ask.Request.URI, ip, o.Kind(), c.want)
				}
			}
		}
	})
}

// A visit of which no network is known loads pages from any.
func TestAVisitWithoutANetworkIsAtHomeEverywhere(t *testing.T) {
	access := ring.SignAccess(token.Access{Zone: "main", ID: ann, Ref: bucket.Ref{Page: 1}}, now)
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		for _, ip := range []string{"198.51.100.1", "2001:db8::1"} {
			page := from(ip, ask("GET /page", browser, cookies("__Host-foyer-a-main="+access)))
			if o := run([]call{calling(page, state("main", nil))})[0]; o.Kind() != Admitted {
				t.Errorf("%s: %s", ip, o.Kind())
			}
		}
	})
}
