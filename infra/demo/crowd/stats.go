package crowd

import (
	"slices"
	"sync"
	"time"
)

// Stats shows how a crowd fares. Arrived = Waiting + Inside + Left + Ghosts + Failed, except for visitors on their way.
type Stats struct {
	Running    bool `json:"running"`    // visitors are still about
	Planned    int  `json:"planned"`    // come in all
	Arrived    int  `json:"arrived"`    // reached the front door
	Registered int  `json:"registered"` // were guaranteed a place
	Direct     int  `json:"direct"`     // were let straight in
	Waiting    int  `json:"waiting"`    // wait now
	Called     int  `json:"called"`     // learned that it is their turn
	Pushed     int  `json:"pushed"`     // of them, over the socket
	Missed     int  `json:"missed"`     // came too late, and registered again
	Entered    int  `json:"entered"`    // have been let in
	Inside     int  `json:"inside"`     // are inside now
	Left       int  `json:"left"`       // have left of their own accord
	Ghosts     int  `json:"ghosts"`     // left silently, or never claimed
	Failed     int  `json:"failed"`     // gave up on an error
	Evicted    int  `json:"evicted"`    // were inside, and found the waiting room
	Polls      int  `json:"polls"`      // status requests
	Sockets    int  `json:"sockets"`    // open now

	Sales Sales `json:"sales"` // of the buyers

	Wait      Percentiles `json:"wait"`                // from arriving to being inside, of those who entered
	LastError string      `json:"lastError,omitempty"` // of a visitor that failed
}

// Percentiles are in seconds; zero while nobody has entered.
type Percentiles struct {
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P99 float64 `json:"p99"`
}

// tally counts for all visitors of a crowd.
type tally struct {
	mu    sync.Mutex
	stats Stats
	waits []time.Duration
}

func (t *tally) note(change func(*Stats)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	change(&t.stats)
}

func (t *tally) entered(waited time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stats.Entered++
	t.waits = append(t.waits, waited)
}

func (t *tally) snapshot() Stats {
	t.mu.Lock()
	stats, waits := t.stats, slices.Clone(t.waits)
	t.mu.Unlock()
	slices.Sort(waits)
	stats.Wait = Percentiles{percentile(waits, 50), percentile(waits, 90), percentile(waits, 99)}
	return stats
}

func percentile(sorted []time.Duration, p int) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[(len(sorted)-1)*p/100].Seconds()
}
