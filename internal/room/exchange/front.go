package exchange

import (
	"time"

	"foyer/internal/cache"
	"foyer/internal/room/bucket"
	"foyer/internal/room/heads"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
)

// front is what the exchanger remembers of a zone besides its log.
type front struct {
	alive cache.Cache[string, struct{}] // connections taken to exist

	lookedAt   time.Time // when the queue was last looked at
	waiting    int       // people seen waiting then
	exact      bool      // and that was all of them
	first      time.Time // registration of the first of them
	emptySince time.Time // since when nobody has been left waiting; zero: somebody is, or it isn't known

	letIn []queue.Key // let in by us, and their places may be there still

	passed []bucket.Passed // visitors set aside of late, for the pace of the line
	over   []heads.Passing // by shard

	told  queue.Key // the line has come up to this key, though nobody with a key so high may have been called
	tells []tells   // by which it came there of late

	came    []cameTo  // where the line was of late, and when, the oldest first
	longAgo queue.Key // and where before that

	status   zone.Status // as stored
	idleAt   time.Time   // since when it is known to say that the zone is idle; zero: it doesn't
	statusAt time.Time   // when it was last read or written
	savedAt  time.Time   // when it was last written by us
}

// cameTo is the key up to which the line had come at a time.
type cameTo struct {
	at  time.Time
	key queue.Key
}

// cameLongAgo notes up to which key the line has come, and returns the one up to which it had passedFor ago; the zero
// key if that isn't known.
func (f *front) cameLongAgo(now time.Time, key queue.Key) queue.Key {
	f.came = append(f.came, cameTo{now, key})
	for now.Sub(f.came[0].at) > passedFor {
		f.longAgo, f.came = f.came[0].key, f.came[1:]
	}
	return f.longAgo
}

// remember keeps what a look found.
func (t *tick) remember(l *line) {
	f := &t.m.front
	f.lookedAt, f.waiting, f.exact, f.first = t.now, l.waiting+l.resting, l.all, l.first.RegisteredAt
	f.passBy(len(l.gone), t.now)
	switch {
	case l.waiting > 0 || !l.all:
		f.emptySince = time.Time{}
	case f.emptySince.IsZero() && f.status.Idle: // as another process found
		f.emptySince = t.now.Add(-idleAfter)
	case f.emptySince.IsZero():
		f.emptySince = t.now
	}
}

// passBy records that n visitors were set aside, and forgets those who no longer count for the pace of the line.
func (f *front) passBy(n int, now time.Time) {
	for len(f.passed) > 0 && now.Sub(f.passed[0].At) > bucket.MeasureSpan {
		f.passed = f.passed[1:]
	}
	if n > 0 {
		f.passed = append(f.passed, bucket.Passed{At: now, N: n})
	}
}
