package home

import (
	"context"
	"io"
	"net/http"
	"slices"
	"time"

	"foyer/internal/problem"
)

// Sale is the sale behind the door, as the demo home uses it.
type Sale interface {
	// Venues are the seat maps that a sale can be begun with; none: nothing is sold here.
	Venues() []string
	// Sell puts one of them into a zone.
	Sell(ctx context.Context, zone, venue string) error
	// Count counts a zone's seats by their states.
	Count(ctx context.Context, zone string) (Seats, error)
	// Booked returns what the ledger holds of a zone.
	Booked(ctx context.Context, zone string) (Books, error)
	// Export writes one of the ledger's reports, as CSV.
	Export(ctx context.Context, w io.Writer, report, zone string) error
	// Mails returns how many mails were sent.
	Mails() int
	// Pay sets the mood of the payment provider's API.
	Pay(mood string)
}

// Seats counts the seats of a zone by their states.
type Seats struct {
	Venue  string `json:"venue"`
	Size   int    `json:"size"`
	Left   int    `json:"left"`   // free for anybody
	Locked int    `json:"locked"` // somebody decides, or pays
	Paying int    `json:"paying"` // of them, whose payment is under way
	Sold   int    `json:"sold"`
	Orders int    `json:"orders"` // that they were sold by
}

// Books sums up the ledger.
type Books struct {
	Seats    int    `json:"seats"`    // sold and not refunded
	Net      int64  `json:"net"`      // minor units
	Currency string `json:"currency"` // empty: no row yet
	Digits   int    `json:"digits"`   // of the currency's fraction
}

// Figure is the sale as the page shows it.
type Figure struct {
	Seats
	Books  Books    `json:"books"`
	Mails  int      `json:"mails"`
	Mood   string   `json:"mood"` // the payment provider's
	Number int      `json:"number"`
	Venues []string `json:"venues"`
}

// The payment provider's moods.
var moods = []string{"well", "slow", "down", "lost"}

// countPause is the least time between two counts of the seats; a count that took longer is followed by a longer one.
const (
	countPause = time.Second
	countShare = 10
)

// count keeps the sale's figures fresh. Reading thousands of seats takes its time, so that it isn't done for each look.
func (d *Demo) count(ctx context.Context) {
	for {
		began := d.now()
		d.recount(ctx)
		select {
		case <-time.After(max(countPause, countShare*d.now().Sub(began))):
		case <-ctx.Done():
			return
		}
	}
}

func (d *Demo) recount(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	stage := d.stage()
	seats, err := d.cloud.Count(ctx, stage.zone)
	if err != nil {
		return // the figures stand still, and the next count may succeed
	}
	books, _ := d.cloud.Booked(ctx, stage.zone)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.plays == stage {
		d.sale = &Figure{Seats: seats, Books: books, Number: stage.number, Venues: d.cloud.Venues()}
	}
}

// figure is the sale as it was counted last; nil when there is none.
func (d *Demo) figure() *Figure {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.sale == nil {
		return nil
	}
	f := *d.sale
	f.Mails, f.Mood = d.cloud.Mails(), d.mood
	return &f
}

func (d *Demo) setMood(w http.ResponseWriter, r *http.Request) {
	var what struct{ Mood string }
	err := read(w, r, &what)
	if err == nil && !slices.Contains(moods, what.Mood) {
		err = problem.New(problem.Invalid, "the provider can be well, slow, down, or lose answers: not %.40q", what.Mood)
	}
	if err == nil {
		d.cloud.Pay(what.Mood)
		d.mu.Lock()
		d.mood = what.Mood
		d.mu.Unlock()
	}
	answer(w, what, err)
}

// export sends one of the ledger's reports.
func (d *Demo) export(w http.ResponseWriter, r *http.Request) {
	report := r.PathValue("report")
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", "attachment; filename=\""+d.stage().zone+"-"+report+".csv\"")
	if err := d.cloud.Export(r.Context(), w, report, d.stage().zone); err != nil {
		h.Del("Content-Disposition")
		fail(w, problem.New(problem.NotFound, "there is no such report yet"))
	}
}
