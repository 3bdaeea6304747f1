package home

import (
	"context"
	"sync"
	"time"

	"foyer/infra/demo/crowd"
	"foyer/internal/room/bucket"
	"foyer/internal/room/zone"
)

// Moment is everything that the page shows, at one moment.
type Moment struct {
	At        int64       `json:"at"` // ms
	FrontDoor string      `json:"frontDoor"`
	Zone      Zone        `json:"zone"`
	Figures   Figures     `json:"figures"`
	Crowd     crowd.Stats `json:"crowd"`
	Usual     Usual       `json:"usual"`
	Sale      *Figure     `json:"sale,omitempty"`    // nil: nothing is sold here
	Trouble   string      `json:"trouble,omitempty"` // why the zone can't be read
}

// Zone is the zone as the page shows it.
type Zone struct {
	Name     string `json:"name"`
	Page     string `json:"page"` // address of the protected page
	Title    string `json:"title"`
	State    string `json:"state"`
	Policy   string `json:"policy"`
	Capacity int    `json:"capacity"`
	Rate     int    `json:"rate"` // entries a minute allowed
	Window   int    `json:"window"`
	Session  int    `json:"session"` // s
	Waiting  int    `json:"waiting"`
	Inside   int    `json:"inside"`
	Reserved int    `json:"reserved"` // called, not claimed yet
	Admitted int    `json:"admitted"` // of those called in the last minute, claimed
	Missed   int    `json:"missed"`   // of those called in the last minute, gone or silent
	Direct   bool   `json:"direct"`
	SoldOut  bool   `json:"soldOut"`
	Counted  int64  `json:"counted"` // when the queue was counted last, ms; 0: never
}

// point is a moment in the chart.
type point struct {
	At       int64 `json:"at"`
	Waiting  int   `json:"waiting"`
	Inside   int   `json:"inside"`
	Admitted int   `json:"admitted"`
	Pushed   int64 `json:"pushed"`
	Refused  int64 `json:"refused"`
	Origin   int64 `json:"origin"`
	Left     int   `json:"left"`
	Locked   int   `json:"locked"`
	Sold     int   `json:"sold"`
	Orders   int   `json:"orders"`
	Mails    int   `json:"mails"`
}

// every is the time between two moments; remember is the past that the page draws.
const (
	every    = time.Second
	remember = 5 * time.Minute
)

func (d *Demo) moment(ctx context.Context) Moment {
	stage := d.stage()
	m := Moment{
		At: d.now().UnixMilli(), FrontDoor: d.cloud.FrontDoor(), Figures: d.cloud.Figures(),
		Crowd: stage.crowd.Stats(), Usual: stage.usual.stats(), Sale: d.figure(),
	}
	var err error
	if m.Zone, err = d.look(ctx, stage); err != nil {
		m.Trouble = err.Error()
	}
	return m
}

func (d *Demo) look(ctx context.Context, stage *stage) (Zone, error) {
	z := Zone{Name: stage.zone, Page: stage.page}
	s, err := d.cloud.Zones().Settings(ctx, stage.zone)
	if err != nil {
		return z, err
	}
	status, err := d.cloud.Zones().Status(ctx, stage.zone)
	if err != nil {
		return z, err
	}
	view := zone.Visible(s, status, d.now())
	z.Title, z.State, z.Policy, z.Direct = s.Title, string(view.State), string(s.Gate()), view.Direct
	z.Capacity, z.Rate, z.SoldOut = s.Capacity, s.Rate, status.SoldOut
	z.Window, z.Session = int(s.Window.Seconds()), int(s.Session.Seconds())
	z.Waiting, z.Inside, z.Reserved = status.Waiting, status.Inside, max(0, status.Live-status.Inside)
	if !status.Census.At.IsZero() {
		z.Counted = status.Census.At.UnixMilli()
	}
	z.Admitted, z.Missed, err = d.lastMinute(ctx, s)
	return z, err
}

// lastMinute reads from the log what became of the grants of the last minute.
func (d *Demo) lastMinute(ctx context.Context, s zone.Settings) (admitted, missed int, err error) {
	since := d.now().Add(-time.Minute)
	var before int64
	for range 40 { // some 24,000 grants: more than a rate of a demo
		pages, err := d.cloud.Log().ReadBack(ctx, s.Grants(), before, 50)
		if err != nil || len(pages) == 0 {
			return admitted, missed, err
		}
		for _, p := range pages {
			if p.At.Before(since) {
				return admitted, missed, nil
			}
			a, m := tell(p)
			admitted, missed, before = admitted+a, missed+m, p.Number
		}
		if before <= 1 {
			break
		}
	}
	return admitted, missed, nil
}

func tell(p bucket.Page) (admitted, missed int) {
	for _, g := range p.Grants {
		switch g.State {
		case bucket.Inside, bucket.Left, bucket.Expired:
			admitted++
		case bucket.Missed:
			missed++
		}
	}
	return admitted, missed
}

// sample looks every second and sends the moment to all pages.
func (d *Demo) sample(ctx context.Context) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		within, cancel := context.WithTimeout(ctx, 5*time.Second)
		m := d.moment(within)
		cancel()
		if ctx.Err() != nil {
			return
		}
		d.watch.tell(m)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// watch sends moments to all pages, and remembers the past for pages that open later.
type watch struct {
	mu      sync.Mutex
	past    []point
	last    Moment
	readers map[chan Moment]bool
}

func newWatch() *watch { return &watch{readers: map[chan Moment]bool{}} }

func (w *watch) tell(m Moment) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = m
	p := point{
		At: m.At, Waiting: m.Zone.Waiting, Inside: m.Zone.Inside, Admitted: m.Zone.Admitted,
		Pushed: m.Figures.Pushed, Refused: m.Figures.Refused, Origin: m.Figures.Origin,
	}
	if m.Sale != nil {
		p.Left, p.Locked, p.Sold, p.Orders, p.Mails = m.Sale.Left, m.Sale.Locked, m.Sale.Sold, m.Sale.Orders, m.Sale.Mails
	}
	w.past = append(w.past, p)
	if most := int(remember / every); len(w.past) > most {
		w.past = append(w.past[:0], w.past[len(w.past)-most:]...)
	}
	for reader := range w.readers {
		select {
		case reader <- m:
		default: // a slow reader misses a moment
		}
	}
}

// forget drops the past: another sale is on.
func (w *watch) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.past, w.last = nil, Moment{}
}

// now is the last moment.
func (w *watch) now() Moment {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}

// join returns the past, and a channel of all moments from then on until leave is called.
func (w *watch) join() (past []point, moments chan Moment, leave func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	moments = make(chan Moment, 2)
	w.readers[moments] = true
	if w.last.At > 0 {
		moments <- w.last
	}
	return append([]point{}, w.past...), moments, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.readers, moments)
	}
}
