package admit_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"foyer/infra/edge"
	"foyer/internal/problem"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
)

// Networks that one phone is in on its way: at home by both families of address, on the road, and behind a relay whose
// exits change.
const (
	homeV4 = "192.0.2.7"
	homeV6 = "2001:db8:1::7"
	road   = "2001:db8:2:3::9"
	exitA  = "198.51.100.1"
	exitB  = "203.0.113.1"
)

var prefixes = map[string]string{
	homeV4: "4 192.0.2", homeV6: "6 2001:db8:1", road: "6 2001:db8:2", exitA: "4 198.51.100", exitB: "4 203.0.113",
}

// phone is a visitor inside with a page of the site open.
type phone struct {
	*site
	client
}

// asks has the static page ask the admitter from the address, and keeps the token that it gives.
func (p *phone) asks(address string) error {
	e, err := p.EnterFrom(p.t.Context(), p.Visitor, p.entry.ref, p.ring.Network("main", prefixes[address]))
	if err == nil {
		p.entry = admitted{e.Ref, p.ring.SignAccess(token.Access{
			Zone: "main", ID: p.ID, Ref: e.Ref, Expires: e.Until, Networks: e.Networks,
		}, p.now), p.now, e.Until, e.RenewAt}
	}
	return err
}

// sends reports what the gate does with a request from the address.
func (p *phone) sends(address, method, mode string) edge.Kind {
	p.t.Helper()
	r := httptest.NewRequest(method, "/checkout", nil)
	r.Header.Set("Sec-Fetch-Mode", mode)
	r.Header.Set("Cookie", token.AccessCookie("main")+"="+p.entry.access)
	event := edge.NewEvent(r, "r1")
	event.Viewer.IP = address
	o, err := p.gate.Handle(p.t.Context(), event)
	if err != nil {
		p.t.Fatal(err)
	}
	return o.Kind()
}

// keepsItsWork holds that all but pages reach the site from the address, whatever the admitter knows of it.
func (p *phone) keepsItsWork(address string) {
	p.t.Helper()
	for _, c := range [][2]string{{"POST", "navigate"}, {"POST", "cors"}, {"GET", "cors"}, {"GET", "no-cors"}} {
		if got := p.sends(address, c[0], c[1]); got != edge.Admitted {
			p.t.Errorf("%v: %s %s from %s: %s", p.now.Sub(noon), c[0], c[1], address, got)
		}
	}
}

func (p *phone) page(address string, want edge.Kind) {
	p.t.Helper()
	if got := p.sends(address, "GET", "navigate"); got != want {
		p.t.Errorf("%v: a page from %s: %s, want %s", p.now.Sub(noon), address, got, want)
	}
}

// A phone in the middle of a checkout changes its network, the family of its address, and the exit of a private relay.
// No form, call or image is ever answered by the waiting room; a page asks the admitter once, and only where networks
// change time and again it waits for a while.
func TestAPhoneThatChangesNetworksLosesNothing(t *testing.T) {
	p := &phone{site: newSite(t, func(s *zone.Settings) { s.Session, s.Capacity = 30*time.Minute, 1 })}
	p.Visitor = visitor(1)
	p.entry.ref = p.in(p.Visitor).Ref
	if err := p.asks(homeV4); err != nil {
		t.Fatal(err)
	}
	p.page(homeV4, edge.Admitted)

	// The browser takes the other family, then the first again: both are this device's.
	p.keepsItsWork(homeV6)
	p.page(homeV6, edge.Entering)
	if err := p.asks(homeV6); err != nil {
		t.Fatalf("another family of address: %v", err)
	}
	p.page(homeV6, edge.Admitted)
	p.page(homeV4, edge.Admitted)

	// It leaves the house while the payment is under way.
	p.now = p.now.Add(time.Minute)
	p.keepsItsWork(road)
	p.page(road, edge.Entering)
	if err := p.asks(road); err != nil {
		t.Fatalf("another network: %v", err)
	}
	p.page(road, edge.Admitted)
	p.page(homeV4, edge.Entering) // it is one network at a time

	// A private relay gives it another exit, and soon another one.
	p.now = p.now.Add(3 * time.Minute)
	p.keepsItsWork(exitA)
	if err := p.asks(exitA); err != nil {
		t.Fatalf("a relay's exit: %v", err)
	}
	p.page(exitA, edge.Admitted)
	p.now = p.now.Add(30 * time.Second)
	p.keepsItsWork(exitB)
	p.page(exitB, edge.Entering)
	waited := time.Duration(0)
	for p.asks(exitB) != nil {
		p.keepsItsWork(exitB)
		p.now, waited = p.now.Add(10*time.Second), waited+10*time.Second
		if waited > token.AskAgain {
			t.Fatalf("another exit: not after %v", waited)
		}
	}
	p.page(exitB, edge.Admitted)
	p.keepsItsWork(exitA)
	p.now = p.now.Add(token.AskAgain - time.Second)
	if code := problem.CodeOf(p.asks(exitA)); code != problem.Elsewhere {
		t.Errorf("another move so soon: %q", code)
	}

	// Half an hour after the last page nothing passes any more, from anywhere.
	p.now = p.now.Add(token.AccessLife)
	if got := p.sends(exitB, "POST", "cors"); got != edge.TooMany {
		t.Errorf("at the end: %s", got)
	}
	if code := problem.CodeOf(p.asks(exitB)); code != problem.Ended {
		t.Errorf("at the end the admitter says %q", code)
	}
}
