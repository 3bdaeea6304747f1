// Package token signs and checks the tokens that visitors carry: visitor tokens, minted at the edge on arrival, and
// access tokens, minted by the admitter. The edge function does the same in JavaScript; both agree byte for byte.
package token

import (
	"time"

	"foyer/internal/bucket"
	"foyer/internal/queue"
)

// Visitor is what a visitor token proves: who arrived in which zone, when, and with which priority.
type Visitor struct {
	Zone     string
	ID       queue.VisitorID
	Arrived  time.Time // ms
	Priority int       // 0 to queue.MaxPriority; the lower goes first
}

// Access is what an access token proves: a grant that was live when it was signed.
type Access struct {
	Zone    string
	ID      queue.VisitorID
	Ref     bucket.Ref
	Expires time.Time // s
}
