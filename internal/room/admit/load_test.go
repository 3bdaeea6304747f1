package admit_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"net/http/httptest"
	"testing"
	"time"

	"foyer/infra/edge"
	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
)

// site is the protected site with the gate before it, as it is deployed.
type site struct {
	*door
	ring *token.Keyring
	gate *edge.Runner
}

// value is what the edge's store holds; see infra/edge for its names.
type value map[string]string

func (v value) Get(key string) (string, bool) { text, found := v[key]; return text, found }

func newSite(t *testing.T, change func(*zone.Settings)) *site {
	keys, err := token.NewMasterKeys(bytes.NewReader(make([]byte, 96)), "k1")
	if err != nil {
		t.Fatal(err)
	}
	ring, err := keys.Keyring()
	if err != nil {
		t.Fatal(err)
	}
	s := &site{door: newDoor(t, change), ring: ring}
	s.cloud.Fault = nil // which would keep every call
	state, err := json.Marshal(map[string]any{
		"v": []int{1, 1}, "s": "open", "b": "closed", "p": "first-come", "r": []int{0, 0}, "l": -1,
		"k": ring.EdgeKeys("main").Keys, "lk": ring.EdgeKeys("main").Lasting,
	})
	if err != nil {
		t.Fatal(err)
	}
	code, err := edge.Build(edge.Options{DefaultZone: "main"})
	if err != nil {
		t.Fatal(err)
	}
	s.gate, err = edge.New(code, value{"z.main": string(state)}, edge.RunnerOptions{
		Now: func() time.Time { return s.now }, Pool: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// client is one visitor's browser or program.
type client struct {
	token.Visitor
	entry    admitted
	leaves   time.Time // when it leaves, buys, or is ended
	goesOn   bool      // and sends all the same
	left     bool
	page     time.Time // when its last page passed
	anything time.Time
}

type admitted struct {
	ref              bucket.Ref
	access           string
	at, until, renew time.Time
}

// enter claims or renews, and keeps the access token; it reports whether the admitter gave one.
func (s *site) enter(c *client) bool {
	s.t.Helper()
	e, err := s.Enter(s.t.Context(), c.Visitor, c.entry.ref)
	if err != nil {
		if code := problem.CodeOf(err); code != problem.NotCalled && code != problem.Missed && code != problem.Ended {
			s.t.Fatal(err)
		}
		return false
	}
	c.entry = admitted{e.Ref, s.ring.SignAccess(token.Access{
		Zone: "main", ID: c.ID, Ref: e.Ref, Expires: e.Until,
	}, s.now), s.now, e.Until, e.RenewAt}
	return true
}

// passes reports whether a request of the client reaches the site.
func (s *site) passes(c *client, method, mode string) bool {
	s.t.Helper()
	r := httptest.NewRequest(method, "/page", nil)
	r.Header.Set("Sec-Fetch-Mode", mode)
	r.Header.Set("Cookie", token.AccessCookie("main")+"="+c.entry.access)
	o, err := s.gate.Handle(s.t.Context(), edge.NewEvent(r, "r1"))
	if err != nil {
		s.t.Fatal(err)
	}
	return o.Kind() == edge.Admitted
}

// Of the visitors a tenth go on as before once they have left, bought or been ended. Beside full capacity the site
// bears no more than a tenth of requests more, and of each of these clients no page after two minutes, and nothing
// after thirty.
func TestWhoLeftIsNoLoadForLong(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread that is long at work: the whole run plays it")
	}
	const round = 40 * time.Second
	for name, change := range map[string]func(*zone.Settings){
		"visits of ten minutes": func(s *zone.Settings) {},
		"visits that are renewed": func(s *zone.Settings) {
			s.Renews, s.Session, s.MaxVisit = true, 5*time.Minute, 40*time.Minute
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, func(z *zone.Settings) { z.Capacity = 20; change(z) })
			goneOn, load := s.evening(20, round, func(random *rand.Rand) time.Duration {
				return 4*time.Minute + time.Duration(random.Int64N(int64(6*time.Minute)))
			}, s.passes)
			for _, c := range goneOn {
				if s.enter(c) {
					t.Errorf("%v is let in again", c.ID)
				}
				if late := c.page.Sub(c.leaves); late > token.AskAgain+round {
					t.Errorf("%v loads a page %v after it left", c.ID, late)
				}
				if late := c.anything.Sub(c.leaves); late > token.AccessLife {
					t.Errorf("%v sends something %v after it left", c.ID, late)
				}
			}
			t.Logf("%d clients went on; the site's load is %.3f of capacity", len(goneOn), load)
			if load > 1.1 {
				t.Errorf("the site's load is %.3f of capacity", load)
			}
			if len(goneOn) < 10 {
				t.Errorf("%d clients went on", len(goneOn))
			}
		})
	}
}

// How much more a site bears depends on how early visits end: a client that goes on does so for the rest of the
// session. Of sessions that are used by half or more, the load stays below 1.1 of capacity; SECURITY.md says how to
// choose them.
func TestTheLoadOfWhoLeftFollowsFromTheSession(t *testing.T) {
	for _, c := range []struct {
		stay, session time.Duration
		most          float64
	}{
		{time.Minute, 2 * time.Minute, 1.1},
		{time.Minute, 10 * time.Minute, 1.7},
		{5 * time.Minute, 10 * time.Minute, 1.1},
		{5 * time.Minute, 30 * time.Minute, 1.4},
		{15 * time.Minute, 15 * time.Minute, 1.1},
		{15 * time.Minute, 30 * time.Minute, 1.1},
		{15 * time.Minute, time.Hour, 1.2}, // nothing passes for longer than half an hour
	} {
		s := newSite(t, func(z *zone.Settings) { z.Capacity, z.Session = 20, c.session })
		_, load := s.evening(20, 5*time.Second, func(*rand.Rand) time.Duration { return c.stay }, s.passesByTime)
		t.Logf("%v of %v: the site's load is %.2f of capacity", c.stay, c.session, load)
		if load > c.most || load < c.most-0.15 {
			t.Errorf("%v of %v: the site's load is %.2f of capacity, want %.1f at most", c.stay, c.session, load, c.most)
		}
	}
}

// passesByTime is passes for an access token that is only compared with the clock, which is quicker.
func (s *site) passesByTime(c *client, method, mode string) bool {
	e := c.entry
	return s.now.Before(e.until) && s.now.Sub(e.at) < token.AccessLife &&
		(method != "GET" || mode != "navigate" || s.now.Sub(e.at) < token.AskAgain)
}

// evening plays a zone with a line before it, of whose visitors a tenth go on as before once they have left, bought or
// been ended. It returns those, and the site's load beside that of the visitors inside alone.
func (s *site) evening(
	capacity int, round time.Duration, stay func(*rand.Rand) time.Duration,
	passes func(c *client, method, mode string) bool,
) (goneOn []*client, load float64) {
	s.t.Helper()
	const lasts, settles = 80 * time.Minute, 35 * time.Minute
	random := rand.New(rand.NewPCG(1, 2))
	var line, inside []*client
	var passed, full int
	next := uint64(0)
	for end := s.now.Add(lasts); s.now.Before(end); s.now = s.now.Add(round) {
		for range capacity + 5 - len(line) { // there is always a line
			next++
			c := &client{Visitor: visitor(next), goesOn: next%10 == 0}
			s.register(c.Visitor)
			line = append(line, c)
		}
		s.tick()
		var waits []*client
		for _, c := range line {
			if !s.enter(c) {
				waits = append(waits, c)
				continue
			}
			c.leaves = s.now.Add(stay(random))
			inside = append(inside, c)
		}
		line = waits
		stays := inside[:0:0]
		for _, c := range inside {
			if s.now.Before(c.leaves) {
				if !s.now.Before(c.entry.renew) {
					s.enter(c)
				}
				stays = append(stays, c)
				continue
			}
			c.left = true
			if _, err := s.EndVisit(s.t.Context(), "main", c.ID, c.entry.ref, c.ID[15]%2 == 0); err != nil {
				s.t.Fatal(err)
			}
			if c.goesOn {
				goneOn = append(goneOn, c)
			}
		}
		inside = stays
		sent := 0
		for _, c := range append(goneOn[:len(goneOn):len(goneOn)], inside...) {
			for _, r := range [][2]string{{"GET", "navigate"}, {"POST", "navigate"}, {"GET", "cors"}} {
				if c.left && s.now.Sub(c.leaves) > token.AccessLife+round || !passes(c, r[0], r[1]) {
					if !c.left {
						s.t.Fatalf("%v inside: %v doesn't pass", c.ID, r)
					}
					continue
				}
				sent++
				c.anything = s.now
				if r == [2]string{"GET", "navigate"} {
					c.page = s.now
				}
			}
		}
		if s.now.After(noon.Add(settles)) {
			passed, full = passed+sent, full+3*len(inside)
		}
	}
	return goneOn, float64(passed) / float64(full)
}
