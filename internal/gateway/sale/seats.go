package sale

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"foyer/internal/gateway/web"
	"foyer/internal/problem"
	"foyer/internal/room/token"
	"foyer/internal/sale/choose"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/venue"
)

// How long the CDN and browsers may keep a map, a section's state and the counts.
const (
	mapAge      = 30 * time.Second
	snapshotAge = time.Second
	countsAge   = 5 * time.Second // seats are counted no more often
)

// SeatChooser holds seats for visitors; choose.Service is one. It returns problem.Ended when the visitor isn't inside
// any more.
type SeatChooser interface {
	// ChooseAt holds exactly these seats for the visitor, each at its price type, all or nothing; no seats at all is a
	// release.
	ChooseAt(ctx context.Context, a token.Access, seats []string, types seat.Types) (choose.Held, error)

	// Best chooses seats for the visitor and holds them.
	Best(ctx context.Context, a token.Access, w venue.Wish) (choose.Held, error)

	// Holds returns the seats that the visitor holds.
	Holds(ctx context.Context, a token.Access) (choose.Held, error)
}

// MapReader reads maps; seatmap.Maps is one. It returns problem.NotFound for a zone or a section that has none.
type MapReader interface {
	Overview(ctx context.Context, zone string) (venue.Overview, error)
	Section(ctx context.Context, zone, id string) (venue.Section, error)
}

// Snapshots reads the seats of a section; seat.Store is one.
type Snapshots interface {
	Snapshot(ctx context.Context, zone, section string) ([]seat.Seat, error)
}

// Counts reads how many seats are free; seat.Board is one.
type Counts interface {
	Counts(ctx context.Context, zone string) (seat.Counts, error)
}

// Seats answers the seats function's events: maps and sections, which the CDN keeps for everybody, and choosing seats.
type Seats struct {
	web.Gateway
	Sale  SeatChooser
	Maps  MapReader
	State Snapshots
	Board Counts
}

// Handle takes an HTTP API event.
func (h *Seats) Handle(ctx context.Context, e events.APIGatewayV2HTTPRequest) (web.Response, error) {
	return h.Serve(ctx, e, h.routes()), nil
}

func (h *Seats) routes() web.Routes {
	return web.Routes{
		"map":                {http.MethodGet: h.overview},
		"map/{section}":      {http.MethodGet: h.section},
		"sections":           {http.MethodGet: h.counts},
		"sections/{section}": {http.MethodGet: h.snapshot},
		"seats":              {http.MethodGet: h.holds, http.MethodPost: h.choose},
	}
}

func (h *Seats) overview(ctx context.Context, r web.Request) (web.Response, error) {
	o, err := h.Maps.Overview(ctx, r.Zone)
	if err != nil {
		return web.Response{}, err
	}
	return web.Public(o, mapAge), nil
}

func (h *Seats) section(ctx context.Context, r web.Request) (web.Response, error) {
	o, err := h.Maps.Overview(ctx, r.Zone)
	if err != nil {
		return web.Response{}, err
	}
	s, err := h.Maps.Section(ctx, r.Zone, r.Item)
	if err != nil {
		return web.Response{}, err
	}
	part, _ := o.Part(r.Item)
	return web.Public(hashed{s, part.Hash}, mapAge), nil
}

// hashed is a section with the hash by which the overview names it.
type hashed struct {
	venue.Section
	Hash string `json:"hash"`
}

// picture is a section's state: every seat that was ever touched. A seat that isn't listed has always been available.
type picture struct {
	Section string               `json:"section"`
	At      int64                `json:"at"`      // ms, by our clock
	Version int64                `json:"version"` // sum of the seats' versions: it grows with every change
	Seats   map[string]seat.Mark `json:"seats"`
}

func (h *Seats) snapshot(ctx context.Context, r web.Request) (web.Response, error) {
	if _, err := h.Maps.Section(ctx, r.Zone, r.Item); err != nil {
		return web.Response{}, err
	}
	now := h.Now()
	seats, err := h.State.Snapshot(ctx, r.Zone, r.Item)
	if err != nil {
		return web.Response{}, err
	}
	return web.Public(newPicture(r.Item, seats, now), snapshotAge), nil
}

func newPicture(section string, seats []seat.Seat, now time.Time) picture {
	p := picture{Section: section, At: now.UnixMilli(), Seats: map[string]seat.Mark{}}
	for _, one := range seats {
		p.Seats[one.ID] = one.Mark(now)
		p.Version += one.Version
	}
	return p
}

// counted is the number of free seats by section, as they were counted last.
type counted struct {
	Map  int64          `json:"map"` // the version of the map that there is
	At   int64          `json:"at"`  // ms; 0: not counted yet
	Free map[string]int `json:"free"`
}

func (h *Seats) counts(ctx context.Context, r web.Request) (web.Response, error) {
	o, err := h.Maps.Overview(ctx, r.Zone)
	if err != nil {
		return web.Response{}, err
	}
	got, err := h.Board.Counts(ctx, r.Zone)
	if err != nil {
		return web.Response{}, err
	}
	answer := counted{Map: o.Version, Free: map[string]int{}}
	if !got.At.IsZero() {
		answer.At, answer.Free = got.At.UnixMilli(), got.Free
	}
	return web.Public(answer, countsAge), nil
}

// wanted is the body of POST seats: one of the two.
type wanted struct {
	Seats *[]string  `json:"seats,omitempty"` // the visitor chooses exactly these
	Types seat.Types `json:"types,omitempty"` // with seats: the price type of each that isn't sold at the standard price
	Best  *wish      `json:"best,omitempty"`  // we choose
}

type wish struct {
	N          whole  `json:"n"`
	Category   string `json:"category,omitempty"`
	Section    string `json:"section,omitempty"`
	Accessible bool   `json:"accessible,omitempty"`

	Types map[string]whole `json:"types,omitempty"` // how many of the seats at each price type; the others: standard
}

func (w wish) wish() venue.Wish {
	types := map[string]int{}
	for name, n := range w.Types {
		types[name] = int(n)
	}
	return venue.Wish{N: int(w.N), Category: w.Category, Section: w.Section, Accessible: w.Accessible, Types: types}
}

// whole is a number without a fraction, however JSON writes it: 4.0 is one.
type whole int

// UnmarshalJSON reads it.
func (w *whole) UnmarshalJSON(text []byte) error {
	n, err := strconv.ParseFloat(string(text), 64)
	if err != nil || n != math.Trunc(n) || math.Abs(n) > math.MaxInt32 {
		return fmt.Errorf("%.20s is no whole number", text)
	}
	*w = whole(n)
	return nil
}

// held is the answer to POST and GET seats.
type held struct {
	Seats    []string   `json:"seats"`
	Types    seat.Types `json:"types,omitempty"` // of those that aren't sold at the standard price
	Until    int64      `json:"until"`           // ms; 0 without seats
	Total    int64      `json:"total"`           // all-in, minor units
	Currency string     `json:"currency"`
	Paying   bool       `json:"paying,omitempty"`
	Limit    int        `json:"limit"`            // seats that a buyer may have here
	Bought   int        `json:"bought,omitempty"` // seats of the limit that the buyer has bought
}

func (h *Seats) choose(ctx context.Context, r web.Request) (web.Response, error) {
	var body wanted
	if err := r.Decode(&body); err != nil {
		return web.Response{}, err
	}
	if (body.Seats == nil) == (body.Best == nil) || body.Best != nil && len(body.Types) > 0 {
		return web.Response{}, problem.New(problem.Invalid, "either seats, with their types, or best is needed")
	}
	a, err := h.Insider(ctx, r)
	if err != nil {
		return web.Response{}, err
	}
	var got choose.Held
	if body.Best != nil {
		got, err = h.Sale.Best(ctx, a, body.Best.wish())
	} else {
		got, err = h.Sale.ChooseAt(ctx, a, *body.Seats, body.Types)
	}
	return has(got, err)
}

func (h *Seats) holds(ctx context.Context, r web.Request) (web.Response, error) {
	a, err := h.Insider(ctx, r)
	if err != nil {
		return web.Response{}, err
	}
	return has(h.Sale.Holds(ctx, a))
}

func has(got choose.Held, err error) (web.Response, error) {
	if err != nil {
		return web.Response{}, err
	}
	answer := held{
		Seats: got.Seats, Types: got.Types, Total: got.Total, Currency: got.Currency,
		Paying: got.Paying, Limit: got.Limit, Bought: got.Bought,
	}
	if answer.Seats == nil {
		answer.Seats = []string{}
	}
	if !got.Until.IsZero() {
		answer.Until = got.Until.UnixMilli()
	}
	return web.OK(answer), nil
}
