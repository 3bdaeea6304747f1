package e2e

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"log"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"testing"
	"time"

	"foyer/infra/test/browser"
	"foyer/internal/room/zone"
)

// phases is what a page shows of a zone: to who comes for the first time, who comes again, and whose browser keeps no
// cookies. "inside" is the page behind the gate.
type phases struct{ fresh, again, without string }

var all = func(phase string) phases { return phases{phase, phase, phase} }

// shown says it for each policy and state. A pair that the types allow and this table lacks fails the test.
var shown = map[zone.Policy]map[zone.State]phases{
	zone.FirstCome: {
		zone.Scheduled: {"scheduled", "scheduled", "cookies"},
		zone.Open:      {"waiting", "waiting", "cookies"},
		zone.Paused:    {"paused", "paused", "cookies"},
		zone.Closed:    all("closed"),
	},
	zone.Draw: {
		zone.Scheduled: {"scheduled", "scheduled", "cookies"},
		zone.Open:      {"waiting", "waiting", "cookies"},
		zone.Paused:    {"paused", "paused", "cookies"},
		zone.Closed:    all("closed"),
	},
	zone.Reject: {
		zone.Scheduled: all("closed"), zone.Open: all("closed"), zone.Paused: all("closed"), zone.Closed: all("closed"),
	},
	zone.Passthrough: {
		zone.Scheduled: all("inside"), zone.Open: all("inside"), zone.Paused: all("inside"), zone.Closed: all("inside"),
	},
}

// TestEveryStateIsShown walks every policy, state and kind of visitor in a real browser, before the whole cloud.
func TestEveryStateIsShown(t *testing.T) {
	t.Parallel()
	c := up(t)
	b := browser.Start(t)
	front, err := url.Parse(c.URL)
	if err != nil {
		t.Fatal(err)
	}
	forgetful := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(front)
			p.Out.Header.Del("Cookie")
		},
		ErrorLog: log.New(io.Discard, "", 0), // pages leave before every answer is there
	})
	t.Cleanup(forgetful.Close)
	for _, policy := range constants(t, "Policy") {
		for _, state := range constants(t, "State") {
			want, known := shown[zone.Policy(policy)][zone.State(state)]
			if !known {
				t.Errorf("nothing says what a zone shows that is %s, with the policy %s", state, policy)
				continue
			}
			t.Run(policy+", "+state, func(t *testing.T) {
				t.Parallel()
				h := newHall(t, func(s *zone.Settings) {
					s.Capacity, s.Policy, s.State = 0, zone.Policy(policy), zone.State(state)
					if s.OpensAt = time.Now().Add(-time.Hour); s.State == zone.Scheduled {
						s.OpensAt = time.Now().Add(time.Hour)
					}
				})
				shows := func(who string, tab *browser.Tab, address, phase string) {
					t.Helper()
					tab.Open(address + h.page())
					is := fmt.Sprintf("document.documentElement.dataset.phase === %q", phase)
					if phase == "inside" {
						is = "document.querySelector('#pass')"
					}
					tab.Until(is + " && document.querySelector('h1').textContent && !location.search")
					if errors := tab.Errors(); len(errors) > 0 {
						t.Errorf("%s: the page complains: %q", who, errors)
					}
				}
				tab := b.Visitor(t)
				shows("who is new", tab, c.URL, want.fresh)
				shows("who comes again", tab, c.URL, want.again)
				shows("whose browser keeps no cookies", b.Visitor(t), forgetful.URL, want.without)
			})
		}
	}
}

// constants are the values of a type of package zone, as its source lists them.
func constants(t *testing.T, kind string) (values []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../../internal/room/zone/zone.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
			name, typed := spec.Type.(*ast.Ident)
			literal, plain := spec.Values[0].(*ast.BasicLit)
			if typed && plain && name.Name == kind {
				value, _ := strconv.Unquote(literal.Value)
				values = append(values, value)
			}
		}
		return true
	})
	if len(values) < 3 {
		t.Fatalf("package zone has %q as its %s", values, kind)
	}
	return values
}
