package rehearse

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"foyer/infra/demo/crowd"
)

// meter measures a crowd: each request, each moment of a visitor, and how many are where.
type meter struct {
	now   func() time.Time
	began time.Time

	mu       sync.Mutex
	requests map[string][]sample
	moments  map[crowd.Moment][]sample
	faults   map[fault]int
	failing  []time.Duration // when each fault was
	curve    []Point
}

// sample is how long something took, and when it ended.
type sample struct{ at, took time.Duration }

func newMeter(now func() time.Time) *meter {
	return &meter{now: now, began: now(), requests: map[string][]sample{}, moments: map[crowd.Moment][]sample{},
		faults: map[fault]int{}}
}

// tripper is a function that makes a request.
type tripper func(*http.Request) (*http.Response, error)

func (t tripper) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

// maxRefusal bounds what is read of a refusal.
const maxRefusal = 64 << 10

// watch measures what goes through a transport.
func (m *meter) watch(next http.RoundTripper) http.RoundTripper {
	return tripper(func(r *http.Request) (*http.Response, error) {
		step, began := stepOf(r.URL.Path), m.now()
		res, err := next.RoundTrip(r)
		took := m.now().Sub(began)
		if err != nil {
			f, is := noAnswer(step, err)
			m.note(step, took, f, is)
			return res, err
		}
		var body []byte
		if res.StatusCode >= http.StatusBadRequest {
			body, _ = io.ReadAll(io.LimitReader(res.Body, maxRefusal))
			res.Body = &reread{io.MultiReader(bytes.NewReader(body), res.Body), res.Body}
		}
		f, is := refusal(step, res.StatusCode, res.Header, body)
		m.note(step, took, f, is)
		return res, nil
	})
}

// reread is a body of which the beginning was read already.
type reread struct {
	io.Reader
	io.Closer
}

// note keeps a request.
func (m *meter) note(step string, took time.Duration, f fault, is bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := m.now().Sub(m.began)
	m.requests[step] = append(m.requests[step], sample{at, took})
	if is {
		m.fault(f, at)
	}
}

func (m *meter) fault(f fault, at time.Duration) {
	m.faults[f]++
	m.failing = append(m.failing, at)
}

// moment keeps a moment of a visitor.
func (m *meter) moment(of crowd.Moment, after time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := m.now().Sub(m.began)
	if of == crowd.CutOff {
		m.fault(fault{Socket, stepSocket, "ended while its visitor waited"}, at)
		return
	}
	m.moments[of] = append(m.moments[of], sample{at, after})
}

// errors returns how many there were.
func (m *meter) errors() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.failing)
}

// follow watches until everybody has gone, and shows how things stand now and then.
func (m *meter) follow(stats func() crowd.Stats, show func(at time.Duration, s crowd.Stats)) crowd.Stats {
	const every, shows = time.Second, 5 // the latter in seconds
	tick := time.NewTicker(every)
	defer tick.Stop()
	for n := 1; ; n++ {
		<-tick.C
		s := stats()
		at := m.now().Sub(m.began)
		m.mu.Lock()
		m.curve = append(m.curve, Point{Seconds: at.Seconds(), Waiting: s.Waiting, Inside: s.Inside, Came: s.Arrived,
			Entered: s.Entered, Errors: len(m.failing)})
		m.mu.Unlock()
		if !s.Running {
			return s
		}
		if n%shows == 0 {
			show(at, s)
		}
	}
}

// row sums samples up.
func row(what string, all []sample) Row {
	took := make([]time.Duration, len(all))
	for i, s := range all {
		took[i] = s.took
	}
	slices.Sort(took)
	at := func(percent int) float64 {
		if len(took) == 0 {
			return 0
		}
		return float64(took[(len(took)-1)*percent/100].Microseconds()) / 1000
	}
	return Row{What: what, Count: len(took), P50: at(50), P95: at(95), P99: at(99)}
}

// report returns what was measured.
func (m *meter) report(last crowd.Stats) *Report {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := &Report{Began: m.began.UTC().Truncate(time.Second), Seconds: m.now().Sub(m.began).Seconds(), People: last,
		Curve: m.curve, Errors: []ErrorRow{}}
	for _, of := range []crowd.Moment{crowd.Shown, crowd.Placed, crowd.Turn, crowd.Entered} {
		r.Moments = append(r.Moments, row(momentsInWords[of], m.moments[of]))
	}
	for _, step := range steps {
		r.Requests = append(r.Requests, row(stepsInWords[step], m.requests[step]))
		r.slow(step, m.requests[step])
	}
	for f, n := range m.faults {
		r.Errors = append(r.Errors, ErrorRow{f, n})
	}
	slices.SortFunc(r.Errors, func(x, y ErrorRow) int {
		return strings.Compare(string(x.Layer)+x.Step+x.What, string(y.Layer)+y.Step+y.What)
	})
	return r
}

var momentsInWords = map[crowd.Moment]string{
	crowd.Shown: "arrival: until page or waiting room", crowd.Placed: "place: until it is guaranteed",
	crowd.Turn: "turn: from the place until called", crowd.Entered: "entry: from arriving until inside",
}

// steps are the requests in the order of a visit.
var steps = []string{stepPage, stepSocket, stepRegister, stepStatus, stepEnter, stepMap, stepSeats, stepLeave}

var stepsInWords = map[string]string{
	stepPage: "page", stepSocket: "socket (takes the place)", stepRegister: "place over HTTP", stepStatus: "status",
	stepEnter: "enter", stepMap: "seat map", stepSeats: "lock seats, give them back", stepLeave: "leave",
}
