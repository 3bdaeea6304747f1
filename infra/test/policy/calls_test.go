package policy_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"foyer/infra/local"
	"foyer/infra/local/calls"
	"foyer/infra/topology"
	"foyer/internal/room/bucket"
	"foyer/internal/room/policy"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
)

// stories drive the functions through their ways; a new function, or a new way, needs its own here.
var stories = []struct {
	name string
	tell func(*world)
}{
	{"a visitor comes over the socket, is called, enters, renews and leaves", theSocket},
	{"a visitor waits, and hears of a pause", thePause},
	{"a visitor comes over HTTP, asks too early, and leaves the queue", theQueue},
	{"visitors come while there is room", direct},
	{"a visitor doesn't come when called, returns and enters", missed},
	{"connections are gone: found before the call, and found by the push", gone},
	{"a visitor comes to a draw that is over", draw},
	{"a visit outlives the pages after its own", longVisit},
	{"a visitor inside chooses seats, and leaves with them", seats},
	{"a visitor inside looks at the map, and another is gone from it", theMap},
	{"visitors inside buy, and don't", orders},
	{"the token keys are replaced", func(w *world) {
		if err := w.cloud.RotateKeys(w.Context()); err != nil {
			w.Error(err)
		}
	}},
}

// unseen are the resources that functions reach by no request that passes here, and why.
var unseen = map[string]string{
	topology.Ledger: "PostgreSQL's own protocol; on AWS a token signed with this action is the password",
}

func TestFunctionsMayDoWhatTheyDoAndNothingElse(t *testing.T) {
	may := allowed(t)
	w := newWorld(t)
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			told := *w
			told.T = t
			s.tell(&told)
			w.count = told.count + 1000
		})
	}
	superfluous := func() (unused []calls.Call) {
		used := map[calls.Call]bool{}
		for _, c := range w.calls.Seen() {
			used[c] = true
		}
		for c := range may {
			if !used[c] && unseen[c.Resource] == "" {
				unused = append(unused, c)
			}
		}
		return unused
	}
	// What follows a story, the relay and the census above all, may still be under way.
	for deadline := time.Now().Add(15 * time.Second); len(superfluous()) > 0 && time.Now().Before(deadline); {
		time.Sleep(100 * time.Millisecond)
	}
	for _, c := range w.calls.Seen() {
		if !may[c] {
			t.Errorf("%s calls %s on %s, which its policy doesn't allow", c.Function, c.Action, c.Resource)
		}
	}
	for _, c := range superfluous() {
		t.Errorf("%s is allowed %s on %s and never calls it: take it from the topology, or tell a story that needs it",
			c.Function, c.Action, c.Resource)
	}
}

func theSocket(w *world) {
	w.zone("socket", func(s *zone.Settings) { s.Renews = true })
	v := w.visitor("socket", 0)
	socket := w.connect(v)
	if _, turn, err := socket.Read(w.Context()); err != nil || len(turn) == 0 {
		w.Fatalf("heard %s, error %v", turn, err)
	}
	w.enters(v)
	w.is(http.StatusOK)(w.post(v, "enter", ""))
	w.is(http.StatusOK)(w.post(v, "leave", ""))
	w.is(http.StatusGone)(w.post(v, "enter", ""))
	w.is(http.StatusGone)(w.post(v, "register", ""))
}

// thePause has a pause announced to a visitor who waits.
func thePause(w *world) {
	s := w.zone("pause", func(s *zone.Settings) { s.Capacity = 0 })
	socket := w.connect(w.visitor("pause", 0))
	s.Version, s.State = s.Version+1, zone.Paused
	if err := w.zones.SaveSettings(w.Context(), s); err != nil {
		w.Fatal(err)
	}
	if _, told, err := socket.Read(w.Context()); err != nil || !strings.Contains(string(told), `"state":"paused"`) {
		w.Errorf("heard %s, error %v", told, err)
	}
}

func theQueue(w *world) {
	w.zone("full", func(s *zone.Settings) { s.Capacity = 0 })
	v := w.visitor("full", 0)
	w.is(http.StatusOK)(w.post(v, "register", ""))
	w.is(http.StatusConflict)(w.post(v, "enter", ""))
	w.is(http.StatusOK)(w.post(v, "leave", ""))
}

// direct comes with several, each called by a tick of its own, so that the first one is found by the log's index only.
// The first comes when the exchanger knows the zone, which may take longer than the admitter waits for a tick.
func direct(w *world) {
	w.zone("direct", nil)
	w.until("a tick", func() bool {
		status, err := w.zones.Status(w.Context(), "direct")
		return err == nil && status.Version > 0
	})
	first := w.visitor("direct", 0)
	w.is(http.StatusOK)(w.post(first, "enter", `{"direct":true}`))
	w.is(http.StatusOK)(w.post(first, "leave", ""))
	for range bucket.NewestPages + 1 {
		w.is(http.StatusOK)(w.post(w.visitor("direct", 0), "enter", `{"direct":true}`))
	}
	w.is(http.StatusGone)(w.post(first, "register", ""))
}

func missed(w *world) {
	s := w.zone("missed", func(s *zone.Settings) { s.Window = zone.MinWindow })
	v := w.visitor("missed", 0)
	w.is(http.StatusOK)(w.post(v, "register", ""))
	w.until("the miss", func() bool { return w.state(s, v) == bucket.Missed })
	w.is(http.StatusOK)(w.post(v, "register", ""))
	w.enters(v)
}

// state returns what became of the visitor's newest grant.
func (w *world) state(s zone.Settings, v token.Visitor) (state bucket.State) {
	w.Helper()
	pages, err := w.log.Read(w.Context(), s.Grants(), 1)
	if err != nil {
		w.Fatal(err)
	}
	for _, p := range pages {
		for _, g := range p.Grants {
			if g.Key.Visitor() == v.ID {
				state = g.State
			}
		}
	}
	return state
}

// gone happens in a draw, where a visitor that is set aside leaves a marker behind. A connection that was made a moment
// ago is not looked at: its handshake may be under way. So the first is found by the exchanger, the second by the push.
func gone(w *world) {
	s := w.zone("gone", func(s *zone.Settings) {
		s.Policy, s.OpensAt = zone.Draw, time.Now().Add(-time.Hour).Truncate(time.Second)
	})
	for _, connected := range []time.Duration{time.Minute, 0} {
		v := w.visitor(s.Zone, 2*time.Hour)
		key := queue.NewKey(v.Priority, policy.LaneFirst, 1, v.ID)
		w.until("the ghost to be set aside", func() bool {
			if _, marked, err := w.queue.Get(w.Context(), s.Queue(), queue.Marker(v.ID)); err != nil || marked {
				return marked
			}
			if _, found, _ := w.queue.Get(w.Context(), s.Queue(), key); !found {
				w.place(w.Context(), s, key, time.Now().Add(-connected))
			}
			return false
		})
	}
}

func draw(w *world) {
	w.zone("draw", func(s *zone.Settings) {
		s.Policy, s.OpensAt, s.Capacity = zone.Draw, time.Now().Add(-time.Hour).Truncate(time.Second), 0
	})
	v := w.visitor("draw", 2*time.Hour)
	w.is(http.StatusOK)(w.post(v, "register", ""))
	w.is(http.StatusConflict)(w.post(v, "enter", ""))
	w.is(http.StatusOK)(w.post(v, "leave", ""))
}

// longVisit is a log whose first page is live and whose others are not: the first is read alone.
func longVisit(w *world) {
	now := time.Now().Truncate(time.Millisecond)
	s := zone.New("long")
	for n := range int64(12) {
		v := w.visitor("long", time.Minute)
		g := bucket.Grant{Key: policy.Keys(v, s, "")[0], State: bucket.Left, Until: now}
		if n == 0 {
			g.State, g.Until = bucket.Inside, now.Add(time.Hour)
		}
		p := bucket.Page{Number: n + 1, At: now.Add(-time.Minute), Called: g.Key, Grants: []bucket.Grant{g}}
		if err := w.log.Append(w.Context(), s.Grants(), p); err != nil {
			w.Fatal(err)
		}
	}
	w.zone("long", nil)
	v := w.visitor("long", 0)
	w.is(http.StatusOK)(w.post(v, "register", ""))
	w.enters(v)
}

// seats needs a map in the zone before the visitor comes.
func seats(w *world) {
	w.hall("seats")
	w.zone("seats", func(s *zone.Settings) { s.SeatsPerBuyer = 2 })
	v := w.visitor("seats", 0)
	w.is(http.StatusOK)(w.post(v, "register", ""))
	access := w.enters(v)
	ask := func(method, path, body string) {
		r := w.request(method, "/foyer/zones/seats/"+path, body)
		r.Header.Set(token.AccessHeader, access)
		w.is(http.StatusOK)(w.do(r))
	}
	ask(http.MethodGet, "map", "")
	ask(http.MethodGet, "map/stalls", "")
	ask(http.MethodPost, "seats", `{"best":{"n":2}}`)
	ask(http.MethodGet, "seats", "")
	ask(http.MethodGet, "sections/stalls", "")
	w.asksOfNoVisit(v)
	w.is(http.StatusOK)(w.post(v, "leave", ""))
}

// asksOfNoVisit asks as a server of the protected site does.
func (w *world) asksOfNoVisit(v token.Visitor) {
	w.Helper()
	r := w.request(http.MethodGet, "/foyer/zones/"+v.Zone+"/visits/"+v.ID.String()+".1.11", "")
	r.Header.Set(topology.HeaderSite, w.cloud.Sent(local.SiteSecretID))
	w.is(http.StatusNotFound)(w.do(r))
}
