package crowd_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"foyer/infra/demo/crowd"
)

func newCrowd(t *testing.T, d *door) *crowd.Crowd {
	t.Helper()
	c, err := crowd.New(crowd.Options{FrontDoor: d.URL, Zone: "main", Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Stop)
	return c
}

// run sends the crowd and waits until everyone has gone.
func run(t *testing.T, c *crowd.Crowd, p crowd.Plan) crowd.Stats {
	t.Helper()
	if err := c.Start(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); c.Stats().Running; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("still about: %+v", c.Stats())
		}
	}
	return c.Stats()
}

func TestEveryoneComesWaitsEntersAndLeaves(t *testing.T) {
	d := newDoor(t, 200*time.Millisecond, true)
	s := run(t, newCrowd(t, d), crowd.Plan{Visitors: 60, PerSecond: 500, Stay: 100 * time.Millisecond})
	if s.Arrived != 60 || s.Registered != 60 || s.Entered != 60 || s.Left != 60 ||
		s.Waiting+s.Inside+s.Sockets+s.Failed+s.Ghosts+s.Evicted != 0 {
		t.Errorf("%+v", s)
	}
	if s.Pushed == 0 || s.Called != 60 || s.Wait.P50 < 0.2 || s.Wait.P99 < s.Wait.P50 {
		t.Errorf("%+v", s)
	}
	if left := d.count(func(p *place) bool { return p.left }); left != 60 || len(d.foreign) > 0 {
		t.Errorf("%d left at the door; foreign requests %v", left, d.foreign)
	}
}

func TestWithoutSocketsTheStatusTells(t *testing.T) {
	d := newDoor(t, 0, false)
	s := run(t, newCrowd(t, d), crowd.Plan{Visitors: 20, PerSecond: 500, HTTPOnly: 1, Stay: 10 * time.Millisecond})
	if s.Left != 20 || s.Pushed != 0 || s.Polls < 20 || d.count(func(p *place) bool { return p.socket }) != 0 {
		t.Errorf("%+v", s)
	}
}

func TestAppsKeepTheirTokensThemselves(t *testing.T) {
	d := newDoor(t, 0, false)
	s := run(t, newCrowd(t, d), crowd.Plan{Visitors: 20, PerSecond: 500, Apps: 1, Stay: 10 * time.Millisecond})
	if s.Left != 20 || s.Failed != 0 || s.Evicted != 0 || d.count(func(p *place) bool { return p.app && p.left }) != 20 {
		t.Errorf("%+v", s)
	}
}

func TestGhostsGoWithoutAWord(t *testing.T) {
	d := newDoor(t, time.Hour, false)
	c := newCrowd(t, d)
	if err := c.Start(t.Context(), crowd.Plan{Visitors: 30, PerSecond: 500, Gone: 1}); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(15 * time.Second); c.Stats().Ghosts < 5; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%+v", c.Stats())
		}
	}
	if left := d.count(func(p *place) bool { return p.left }); left != 0 {
		t.Errorf("%d said good-bye", left)
	}
}

func TestSilentGhostsNeverClaim(t *testing.T) {
	d := newDoor(t, 50*time.Millisecond, true)
	c := newCrowd(t, d)
	if err := c.Start(t.Context(), crowd.Plan{Visitors: 10, PerSecond: 500, Silent: 1}); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); c.Stats().Pushed < 10; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%+v", c.Stats())
		}
	}
	if inside := d.count(func(p *place) bool { return p.inside }); inside != 0 {
		t.Errorf("%d went in", inside)
	}
}

func TestTroubleAtTheDoorIsTriedAgain(t *testing.T) {
	d := newDoor(t, 0, true)
	d.broken, d.blind = 8, 4
	s := run(t, newCrowd(t, d), crowd.Plan{Visitors: 5, PerSecond: 500, Stay: 10 * time.Millisecond})
	if s.Left != 5 || s.Failed != 0 {
		t.Errorf("%+v", s)
	}
}

func TestStopEndsEveryoneAndLeavesNothingBehind(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	d := newDoor(t, time.Hour, false)
	c := newCrowd(t, d)
	if err := c.Start(t.Context(), crowd.Plan{Visitors: 200, PerSecond: 1000}); err != nil {
		t.Fatal(err)
	}
	if err := c.Start(t.Context(), crowd.Plan{Visitors: 1, PerSecond: 1}); err != crowd.ErrRunning {
		t.Errorf("a second crowd: %v", err)
	}
	for c.Stats().Waiting < 50 {
		time.Sleep(10 * time.Millisecond)
	}
	began := time.Now()
	c.Stop()
	if s, took := c.Stats(), time.Since(began); s.Running || s.Waiting != 0 || s.Sockets != 0 || took > 2*time.Second {
		t.Errorf("after %v: %+v", took, s)
	}
	c.Stop()
	d.Close()
}

func TestAnEndedContextEndsTheCrowd(t *testing.T) {
	d := newDoor(t, time.Hour, false)
	c := newCrowd(t, d)
	ctx, cancel := context.WithCancel(t.Context())
	if err := c.Start(ctx, crowd.Plan{Visitors: 20, PerSecond: 500}); err != nil {
		t.Fatal(err)
	}
	cancel()
	c.Stop()
	if c.Stats().Running {
		t.Error("still running")
	}
}

func TestACrowdGoesToThisMachineOnly(t *testing.T) {
	for address, ok := range map[string]bool{
		"http://127.0.0.1:8080/": true, "http://localhost:8080": true, "http://[::1]:8080/z/x/": true,
		"http://example.com/": false, "http://192.0.2.1/": false, "https://localhost/": false,
		"http://localhost.example.com/": false,
		"http://127.0.0.1@example.com/": false, "/": false, "": false,
	} {
		if _, err := crowd.New(crowd.Options{FrontDoor: address, Zone: "main"}); (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// A deployment that is there to be rehearsed on is the only host that isn't this machine.
func TestACrowdGoesToTheHostThatItWasGiven(t *testing.T) {
	const host = "d1.example.invalid"
	for address, ok := range map[string]bool{
		"https://" + host + "/": true, "https://" + host + "/z/x/": true,
		"http://" + host + "/": false, "https://" + host + ":444/": false, "https://a@" + host + "/": false,
		"https://example.com/": false, "http://127.0.0.1/": false,
	} {
		if _, err := crowd.New(crowd.Options{FrontDoor: address, Host: host, Zone: "main"}); (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
	}
	c, err := crowd.New(crowd.Options{FrontDoor: "https://" + host + "/", Host: host, Zone: "main",
		Watch: func(next http.RoundTripper) http.RoundTripper {
			for _, other := range []string{"https://example.com/", "https://" + host + ":8443/", "http://127.0.0.1:1/"} {
				r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, other, nil)
				if _, err := next.RoundTrip(r); err == nil || !strings.Contains(err.Error(), "is not "+host) {
					t.Errorf("%s: %v", other, err)
				}
			}
			return next
		}})
	if c == nil || err != nil {
		t.Error(err)
	}
}

// People come evenly faster, till they come as fast as they may.
func TestTheCrowdGrows(t *testing.T) {
	d := newDoor(t, 0, false)
	var mu sync.Mutex
	var shown []time.Duration
	began := time.Now()
	c, err := crowd.New(crowd.Options{FrontDoor: d.URL, Zone: "main", Seed: 1,
		Moment: func(of crowd.Moment, _ time.Duration) {
			mu.Lock()
			defer mu.Unlock()
			if of == crowd.Shown {
				shown = append(shown, time.Since(began))
			}
		}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(t.Context(), crowd.Plan{Visitors: 100, PerSecond: 100, Ramp: time.Second}); err != nil {
		t.Fatal(err)
	}
	defer c.Stop()
	for deadline := began.Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		mu.Lock()
		came := slices.Clone(shown)
		mu.Unlock()
		if len(came) > 10 {
			if came[9] < 200*time.Millisecond { // at the full rate it is a tenth of a second
				t.Errorf("the tenth came after %v", came[9])
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("only %d came", len(came))
		}
	}
}

func TestPlansAreChecked(t *testing.T) {
	good := crowd.Plan{Visitors: 1, PerSecond: 1}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*crowd.Plan){
		"visitors must":   func(p *crowd.Plan) { p.Visitors = 0 },
		"visitors must b": func(p *crowd.Plan) { p.Visitors = crowd.MaxVisitors + 1 },
		"per second":      func(p *crowd.Plan) { p.PerSecond = 0 },
		"shares":          func(p *crowd.Plan) { p.Gone, p.Silent = 0.6, 0.6 },
		"shares must":     func(p *crowd.Plan) { p.HTTPOnly = -1 },
		"shares m":        func(p *crowd.Plan) { p.HTTPOnly, p.Apps = 0.6, 0.6 },
		"buyers":          func(p *crowd.Plan) { p.Buy.Decline = 2 },
		"wants 1 to 8":    func(p *crowd.Plan) { p.Buy.Seats = 9 },
		"stay":            func(p *crowd.Plan) { p.Stay = -1 },
		"grow":            func(p *crowd.Plan) { p.Ramp = -1 },
	} {
		p := good
		change(&p)
		if err := p.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
