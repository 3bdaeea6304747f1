package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"foyer/internal/room/queue"
	"foyer/internal/room/relay"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
)

// places is how many edge locations there are.
const places = 3

// edge is the edge's key-value store, and what each of its locations has of it by now.
type edge struct {
	w       *World
	version int
	values  map[string]string
	shown   [places]view
	lag     [places]time.Duration // when what was written last will be there, since the world began
	stored  view
}

// view is what a page can know from the edge.
type view struct {
	Versions [2]int64   `json:"v"`
	State    zone.State `json:"s"`
	Direct   int        `json:"d"`
	SoldOut  int        `json:"so"`
	Hex      string     `json:"c"`
	OpensAt  int64      `json:"o"`
	Waiting  int        `json:"w"`
	Seed     string     `json:"se"`

	called queue.Key
	counts count
}

// count is the other value of a zone: the census.
type count struct {
	At    int64  `json:"v"`
	Total int    `json:"n"`
	Knots string `json:"k"`
}

func newEdge(w *World) *edge { return &edge{w: w, values: map[string]string{}} }

func (e *edge) Version(context.Context) (version string, err error) {
	err = e.w.call("edge.Version", func() error {
		version = strconv.Itoa(e.version)
		return nil
	})
	return version, err
}

func (e *edge) Get(_ context.Context, key string) (value string, found bool, err error) {
	err = e.w.call("edge.Get", func() error {
		value, found = e.values[key]
		return nil
	})
	return value, found, err
}

func (e *edge) Put(_ context.Context, version string, values map[string]string) (next string, err error) {
	err = e.w.call("edge.Put", func() error {
		if version != strconv.Itoa(e.version) && e.w.Plant != plantEdgeVersion {
			return relay.ErrConflict
		}
		e.version++
		next = strconv.Itoa(e.version)
		return e.write(values)
	})
	if err != nil {
		return "", err
	}
	return next, nil
}

// write keeps the values, and sends them to every location.
func (e *edge) write(values map[string]string) error {
	for key, text := range values {
		if key != "z."+zoneName && key != "n."+zoneName {
			return fmt.Errorf("sim: the edge knows no key %q", key)
		}
		e.values[key] = text
	}
	var next view
	if err := json.Unmarshal([]byte(e.values["z."+zoneName]), &next); err != nil {
		return err
	}
	if text := e.values["n."+zoneName]; text != "" {
		if err := json.Unmarshal([]byte(text), &next.counts); err != nil {
			return err
		}
	}
	if next.Hex != "" {
		next.called, _ = queue.ParseKey(next.Hex)
	}
	e.w.book.edgeWritten(e.stored, next)
	e.stored = next
	for place := range e.shown {
		at := max(e.lag[place], e.w.now+e.w.about(time.Second))
		e.lag[place] = at
		e.w.at(at-e.w.now, func() { e.shown[place] = next })
	}
	return nil
}

// keys are the token keys of the zone, which never change here.
type keys struct{}

func (keys) EdgeKeys(context.Context, string) (token.EdgeKeys, error) {
	return token.EdgeKeys{Keys: []token.EdgeKey{{"1", "key"}}, Lasting: token.EdgeKey{"l1", "key"}}, nil
}
func (keys) Refresh(context.Context) error { return nil }
