package ledger

import (
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Exports is every report that Export can write.
var Exports = exports

// PostgreSQL keeps microseconds.
func TestEntriesOfAnotherTimeDiffer(t *testing.T) {
	at := time.Unix(1_790_000_000, 5_000)
	for other, want := range map[time.Time]bool{at.Add(999): true, at.Add(1000): false, at.Add(-1): false} {
		if got := (Entry{At: at}).same(Entry{At: other}); got != want {
			t.Errorf("%v later: the same: %v", other.Sub(at), got)
		}
	}
}

func TestABookThatWasNeverOpenedIsClosed(t *testing.T) {
	if err := (&Book{}).Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestWhichCodeAnErrorHas(t *testing.T) {
	missing := &pgconn.PgError{Code: undefinedTable}
	if !isCode(missing, deadlock, undefinedTable) || isCode(missing, deadlock) || isCode(errors.New("cut off"), deadlock) {
		t.Error("an error has a code that isn't its own")
	}
}
