package edge

import (
	"context"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"foyer/internal/room/rules"
)

// ruled is a store with two zones and a host's rules.
func ruled(t testing.TB, host, text string) map[string]string {
	t.Helper()
	list, err := rules.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	stored := state("main", nil)
	maps.Copy(stored, map[string]string{
		"z.vip": state("other", nil)["z.other"], "r." + host: rules.Value(1, list),
	})
	return stored
}

// falls returns where the gate says that a program's request belongs.
func falls(o Outcome) string {
	var body struct{ Zone string }
	switch {
	case o.Response == nil:
		return "open"
	case o.Kind() == Refused:
		return "refused"
	}
	_ = json.Unmarshal([]byte(o.Response.Body), &body)
	return body.Zone
}

// TestRulesAreReadAsInGo holds the gate to the table that package rules is held to.
func TestRulesAreReadAsInGo(t *testing.T) {
	text, err := os.ReadFile("../../testdata/rules/decisions.json")
	var sets []struct {
		Name, Rules string
		Cases       []struct{ Ask, Want string }
	}
	if err == nil {
		err = json.Unmarshal(text, &sets)
	}
	if err != nil {
		t.Fatal(err)
	}
	withOptions(t, Options{DefaultZone: "main", Rules: true}, func(t *testing.T, run func([]call) []Outcome) {
		for _, set := range sets {
			stored := ruled(t, rules.MainHost, set.Rules)
			var calls []call
			for _, c := range set.Cases {
				calls = append(calls, calling(ask(c.Ask, client), stored))
			}
			for i, o := range run(calls) {
				want := set.Cases[i].Want
				if calls[i].Own { // the gate never meets those
					continue
				}
				if want == "foyer" {
					want = "refused"
				}
				if got := falls(o); got != want {
					t.Errorf("%s, %s: %s, want %s", set.Name, set.Cases[i].Ask, got, want)
				}
				most := map[string]int{"open": 1, "refused": 1}[want]
				if most == 0 {
					most = 2
				}
				if o.Reads > most {
					t.Errorf("%s, %s: %d store reads", set.Name, set.Cases[i].Ask, o.Reads)
				}
			}
		}
	})
}

// TestAnyPathIsReadAsInGo asks for paths made of what hostile ones are made of.
func TestAnyPathIsReadAsInGo(t *testing.T) {
	const text = "open POST /hook/*\nvip /a/*/b\nopen /c\nvip /Da*"
	list, err := rules.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	built, err := Build(Options{DefaultZone: "main", Rules: true})
	if err != nil {
		t.Fatal(err)
	}
	gate, err := New(built, mapStore(ruled(t, rules.MainHost, text)), RunnerOptions{
		Now: func() time.Time { return now }, Pool: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	parts := []string{
		"/", "//", "a", "b", "c", "hook", "HOOK", "Da", "da", "D%61", "z", "Z", "vip", "main", "foyer", "ws", ".", "..",
		"%2e", "%2f",
		"%252f", "%252e", "%20", " ", "%00", "%2500", ";", ";x", "%3b", "\\", "%5c", "%c3%a9", "é", "*", "?", "robots.txt",
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 4000 {
		var path strings.Builder
		for range 1 + random.IntN(7) {
			path.WriteString(parts[random.IntN(len(parts))])
		}
		method := []string{"GET", "POST"}[random.IntN(2)]
		asked := ask("GET /", client)
		asked.Request.Method, asked.Request.URI = method, path.String()
		o, err := gate.gate.handle(context.Background(), asked)
		if err != nil {
			t.Fatal(err)
		}
		d := rules.Decide(list, "main", method, path.String())
		want := map[rules.Kind]string{rules.Free: "open", rules.Refused: "refused", rules.Own: "refused"}[d.Kind]
		if want == "" {
			want = d.Zone
		}
		if want != "main" && want != "vip" && want != "open" && want != "refused" {
			want = "main" // a zone that was never made
		}
		if got := falls(o); got != want {
			t.Errorf("%s %q: %s, and in Go %s (%s)", method, path.String(), got, want, d.Why)
		}
	}
}

// TestReadsOfTheStore holds the budget: one read of the store without rules, two with.
func TestReadsOfTheStore(t *testing.T) {
	for _, c := range []struct {
		name  string
		o     Options
		rules string
		want  int
	}{
		{"without rules", Options{DefaultZone: "main"}, "", 1},
		{"with none of them set", Options{DefaultZone: "main", Rules: true}, "", 2},
		{"with rules", Options{DefaultZone: "main", Rules: true}, "vip /vip/*\nopen POST /hook", 2},
	} {
		withOptions(t, c.o, func(t *testing.T, run func([]call) []Outcome) {
			stored := ruled(t, rules.MainHost, c.rules)
			if c.rules == "" {
				delete(stored, "r.*")
			}
			inside := []string{browser, cookies(visitorCookie(), accessCookie(0))}
			for _, asked := range []string{"GET /", "GET /page?a=1", "POST /buy", "GET /z/vip/", "GET /vip/page"} {
				for _, headers := range [][]string{{browser}, {client}, inside} {
					if o := run([]call{calling(ask(asked, headers...), stored)})[0]; o.Reads != c.want {
						t.Errorf("%s, %s: %d reads, want %d", c.name, asked, o.Reads, c.want)
					}
				}
			}
		})
	}
}

// TestAHostHasItsOwnRulesAndOrigin holds that hosts of a deployment don't share a zone or a site, and that a host
// nobody named is the main one: no name leads round the rules.
func TestAHostHasItsOwnRulesAndOrigin(t *testing.T) {
	hosts := Options{DefaultZone: "main", Hosts: []string{"b.example"}}
	withOptions(t, hosts, func(t *testing.T, run func([]call) []Outcome) {
		stored := ruled(t, "b.example", "open POST /hook\nvip /*")
		stored["r.*"] = ruled(t, "*", "open /health")["r.*"]
		for _, c := range []struct{ host, ask, falls, origin string }{
			{"b.example", "GET /page", "vip", ""}, {"b.example", "GET /z/main/", "vip", ""},
			{"B.Example:443", "POST /hook", "open", "b.example"}, {"b.example", "GET /health", "vip", ""},
			{"b.example", "GET /robots.txt", "open", "b.example"},
			{"sale.example", "GET /page", "main", ""}, {"sale.example", "GET /health", "open", ""},
			{"d111.cloudfront.net", "GET /health", "open", ""}, {"constructor", "POST /hook", "main", ""},
		} {
			asked := ask(c.ask, client)
			asked.Request.Headers["host"] = Value{Value: c.host}
			o := run([]call{calling(asked, stored)})[0]
			if falls(o) != c.falls || o.Origin != c.origin {
				t.Errorf("%s at %s: %s at %q, want %s at %q", c.ask, c.host, falls(o), o.Origin, c.falls, c.origin)
			}
		}
	})
}

// TestAPageLearnsTheZoneThatTheRulesChose holds that the static page, which reads its own address, is told where the
// path doesn't say, whatever the address said before.
func TestAPageLearnsTheZoneThatTheRulesChose(t *testing.T) {
	withOptions(t, Options{DefaultZone: "main", Rules: true}, func(t *testing.T, run func([]call) []Outcome) {
		stored := ruled(t, rules.MainHost, "vip /vip/*\nopen POST /hook")
		for _, c := range []struct {
			ask, to string
			want    Kind
		}{
			{"GET /vip/a?x=1", "/vip/a?x=1&foyer_c=1.vip", Arrived},
			{"GET /vip/a?foyer_c=1.vip", "", Room},
			{"GET /vip/a?foyer_c=1&foyer_w=1&b", "/vip/a?foyer_w=1&b&foyer_c=1.vip", Arrived},
			{"GET /page", "/page?foyer_c=1", Arrived},
			{"GET /page?foyer_c=1", "", Room},
			{"GET /page?foyer_c=1.vip", "/page?foyer_c=1", Arrived},
			{"GET /z/vip/?foyer_c=1", "", Room},
			{"GET /%7a/vip/?foyer_c=1", "/%7a/vip/?foyer_c=1.vip", Arrived},
			{"GET /z/vi%70/?foyer_c=1", "/z/vi%70/?foyer_c=1.vip", Arrived},
			{"GET //z//vip/?foyer_c=1.vip", "", Room},
			{"GET /z/never/?foyer_c=1", "/z/never/?foyer_c=1.main", Arrived},
		} {
			o := run([]call{calling(ask(c.ask, person), stored)})[0]
			to := ""
			if o.Response != nil {
				to = o.Response.Headers["location"].Value
			}
			if o.Kind() != c.want || to != c.to {
				t.Errorf("%s: %s %s, want %s %s", c.ask, o.Kind(), to, c.want, c.to)
			}
		}
	})
}
