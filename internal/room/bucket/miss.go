package bucket

import "time"

// Forgiven is how many turns a visitor may miss and still be called without having asked. After that a turn comes only
// to a visitor who asked to be let in just now, and who goes in by it at once: a token that never comes can waste no
// more slot time, and a visitor who is there loses nothing.
const Forgiven = 1

// AskedFor is how long after having asked a visitor goes in at once when called, without having to claim.
const AskedFor = time.Minute

// WindowAfter returns the claim window of a visitor who missed that many turns: the second one is half as long, so that
// no visitor wastes two windows of slot time.
func WindowAfter(window time.Duration, misses int) time.Duration {
	if misses > 0 {
		return window / 2
	}
	return window
}
