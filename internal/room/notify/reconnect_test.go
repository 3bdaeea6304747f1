package notify_test

import (
	"testing"

	"foyer/internal/room/bucket"
	"foyer/internal/room/socket"
)

func TestWhoReconnectedWhileCalledKeepsTheTurn(t *testing.T) {
	p := page(grant(1, bucket.Reserved, "a"))
	b := newBoard(t, p)
	old, fresh := "a", "new"
	moved := bucket.Change{
		Ref:      bucket.Ref{Page: 5},
		Key:      p.Grants[0].Key,
		From:     bucket.Reserved,
		FromConn: &old,
		To:       bucket.Reserved,
		Until:    p.Grants[0].Until,
		Conn:     &fresh,
	}
	if err := b.cloud.Log().Apply(t.Context(), bucket.Of{Zone: "main", Shards: 1}, moved); err != nil {
		t.Fatal(err)
	}
	b.fails["a"] = socket.ErrGone
	if _, err := b.Notify(t.Context(), "main", nil, p); err != nil {
		t.Fatal(err)
	}
	if b.state(t, 0) != bucket.Reserved {
		t.Error("the turn of one who is there on a new connection was taken away")
	}
}
