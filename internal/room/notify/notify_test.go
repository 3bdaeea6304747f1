package notify_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/notify"
	"foyer/internal/room/queue"
	"foyer/internal/room/socket"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func grant(n byte, state bucket.State, conn string) bucket.Grant {
	return bucket.Grant{
		Key:   queue.NewKey(8, 0, uint64(n), queue.VisitorID{n}),
		State: state,
		Until: noon.Add(time.Minute),
		Conn:  conn,
	}
}

func page(grants ...bucket.Grant) bucket.Page {
	return bucket.Page{Number: 5, At: noon, Grants: grants}
}

func TestDue(t *testing.T) {
	reserved := page(grant(1, bucket.Reserved, "a"), grant(2, bucket.Reserved, ""), grant(3, bucket.Inside, "c"))
	moved := page(grant(1, bucket.Reserved, "b"), grant(2, bucket.Reserved, "x"), grant(3, bucket.Inside, "d"))
	for _, c := range []struct {
		name string
		old  *bucket.Page
		page bucket.Page
		at   time.Time
		want []int
	}{
		{"a new page: those who can be reached", nil, reserved, noon, []int{0}},
		{"nothing that concerns them changed", &reserved, reserved, noon, nil},
		{"new connections", &reserved, moved, noon, []int{0, 1}},
		{"the window is over", nil, reserved, noon.Add(time.Minute), nil},
	} {
		if got := notify.Due(c.old, c.page, c.at); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// board is a service over memory, and a pusher that knows which connections are gone or in trouble.
type board struct {
	*notify.Service
	cloud    *memroom.Cloud
	settings zone.Settings
	mu       sync.Mutex
	pushed   map[string][]notify.Turn
	fails    map[string]error
}

func newBoard(t *testing.T, p bucket.Page) *board {
	b := &board{
		cloud:    memroom.New(),
		settings: zone.New("main"),
		pushed:   map[string][]notify.Turn{},
		fails:    map[string]error{},
	}
	b.Service = &notify.Service{
		Settings: b,
		Queue:    b.cloud.Queue(),
		Log:      b.cloud.Log(),
		Pusher:   b,
		Now:      func() time.Time { return noon },
	}
	if err := b.cloud.Log().Append(t.Context(), bucket.Of{Zone: "main", Shards: 1}, p); err != nil {
		t.Fatal(err)
	}
	for _, g := range p.Grants {
		e := queue.Entry{Key: g.Key, Conn: g.Conn, ConnAt: noon, RegisteredAt: noon}
		if _, err := b.cloud.Queue().Register(t.Context(), b.settings.Queue(), e); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func (b *board) Settings(context.Context, string) (zone.Settings, error) { return b.settings, nil }

func (b *board) Push(_ context.Context, conn string, message []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.fails[conn]; err != nil {
		return err
	}
	var turn notify.Turn
	if err := json.Unmarshal(message, &turn); err != nil {
		return err
	}
	b.pushed[conn] = append(b.pushed[conn], turn)
	return nil
}

func (b *board) state(t *testing.T, slot int) bucket.State {
	p, _, err := b.cloud.Log().Get(t.Context(), bucket.Of{Zone: "main", Shards: 1}, 5)
	if err != nil {
		t.Fatal(err)
	}
	return p.Grants[slot].State
}

func (b *board) waits(t *testing.T, key queue.Key) bool {
	_, found, err := b.cloud.Queue().Get(t.Context(), b.settings.Queue(), key)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestACalledVisitorIsTold(t *testing.T) {
	p := page(grant(1, bucket.Reserved, "a"), grant(2, bucket.Reserved, "b"))
	b := newBoard(t, p)
	r, err := b.Notify(t.Context(), "main", nil, p)
	if err != nil || r != (notify.Result{Pushed: 2}) {
		t.Fatalf("%+v, %v", r, err)
	}
	want := notify.Turn{Type: "turn", Zone: "main", Ref: "5.1", Until: noon.Add(time.Minute).UnixMilli()}
	if got := b.pushed["b"]; len(got) != 1 || got[0] != want {
		t.Errorf("told %+v, want %+v", got, want)
	}
}

func TestAGoneConnectionFreesTheSlotAndOnlyOnce(t *testing.T) {
	p := page(grant(1, bucket.Reserved, "a"))
	b := newBoard(t, p)
	b.fails["a"] = fmt.Errorf("410: %w", socket.ErrGone)
	for range 2 { // the record comes twice
		if r, err := b.Notify(t.Context(), "main", nil, p); err != nil || r.Gone != 1 {
			t.Fatalf("%+v, %v", r, err)
		}
		if b.state(t, 0) != bucket.Missed || b.waits(t, p.Grants[0].Key) {
			t.Error("the slot wasn't freed, or the absent one would be called again")
		}
	}
}

func TestWhoReconnectedKeepsThePlace(t *testing.T) {
	p := page(grant(1, bucket.Reserved, "a"))
	b := newBoard(t, p)
	b.fails["a"] = socket.ErrGone
	e := queue.Entry{Key: p.Grants[0].Key, Conn: "new", ConnAt: noon.Add(time.Second)}
	if _, err := b.cloud.Queue().Register(t.Context(), b.settings.Queue(), e); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Notify(t.Context(), "main", nil, p); err != nil {
		t.Fatal(err)
	}
	if !b.waits(t, e.Key) {
		t.Error("the place was lost")
	}
}

func TestWhoClaimedMeanwhileIsLeftAlone(t *testing.T) {
	p := page(grant(1, bucket.Reserved, "a"))
	b := newBoard(t, p)
	b.fails["a"] = socket.ErrGone
	claim := bucket.Change{
		Ref:   bucket.Ref{Page: 5},
		Key:   p.Grants[0].Key,
		From:  bucket.Reserved,
		To:    bucket.Inside,
		Until: noon.Add(time.Hour),
	}
	if err := b.cloud.Log().Apply(t.Context(), bucket.Of{Zone: "main", Shards: 1}, claim); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Notify(t.Context(), "main", nil, p); err != nil {
		t.Fatal(err)
	}
	if b.state(t, 0) != bucket.Inside {
		t.Error("a claimed slot was taken away")
	}
}

// A notifier that stopped between the two writes is followed by one that sets the visitor aside.
func TestWhoWasMissedAlreadyIsSetAside(t *testing.T) {
	for _, at := range []time.Time{noon, noon.Add(-time.Second)} {
		p := page(grant(1, bucket.Reserved, "a"))
		b := newBoard(t, p)
		b.fails["a"] = socket.ErrGone
		gone := bucket.Change{
			Ref: bucket.Ref{Page: 5}, Key: p.Grants[0].Key, From: bucket.Reserved, To: bucket.Missed, Until: at,
		}
		if err := b.cloud.Log().Apply(t.Context(), bucket.Of{Zone: "main", Shards: 1}, gone); err != nil {
			t.Fatal(err)
		}
		if r, err := b.Notify(t.Context(), "main", nil, p); err != nil || r.Gone != 1 {
			t.Fatalf("%+v, %v", r, err)
		}
		if b.waits(t, p.Grants[0].Key) {
			t.Errorf("missed at %v: the absent one would be called again", at)
		}
	}
}

func TestTroubleIsTriedAgainAndHoldsNobodyElseUp(t *testing.T) {
	p := page(grant(1, bucket.Reserved, "a"), grant(2, bucket.Reserved, "b"))
	b := newBoard(t, p)
	busy := errors.New("throttled")
	b.fails["a"] = busy
	r, err := b.Notify(t.Context(), "main", nil, p)
	if !errors.Is(err, busy) || r != (notify.Result{Pushed: 1, Failed: 1}) {
		t.Errorf("%+v, %v", r, err)
	}
	if b.state(t, 0) != bucket.Reserved {
		t.Error("trouble cost the visitor the turn")
	}
}
