package bucket

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"foyer/internal/room/queue"
)

// grants returns n grants in the given state.
func grants(n int, state State) (all []Grant) {
	for i := range n {
		all = append(all, Grant{Key: queue.Key{1, byte(state), byte(i)}, State: state})
	}
	return all
}

// aTick writes the tick that README.md works through.
func aTick(out *bytes.Buffer) {
	const capacity, rate, window = 100, 300, 30 * time.Second
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	page := func(number int64, age time.Duration, parts ...[]Grant) Page {
		p := Page{Number: number, At: now.Add(-age)}
		for _, part := range parts {
			p.Grants = append(p.Grants, part...)
		}
		return p
	}
	var log []Page
	for n := range int64(10) {
		log = append(log, page(n+1, 2*time.Minute, grants(3, Inside), grants(6, Left), grants(3, Missed)))
	}
	log = append(log,
		page(11, 8*time.Second, grants(7, Inside), grants(4, Reserved), grants(1, Missed)),
		page(12, time.Second, grants(2, Inside), grants(8, Reserved)),
	)

	live := CountLive(log)
	o := outlookOf(log, now, window)
	fmt.Fprintf(out, "live: %d reserved + %d inside = %d, room for %d\n",
		live.Reserved, live.Inside, live.Live(), capacity-live.Live())
	fmt.Fprintf(out, "share who come: %.3f\n", o.share)
	fmt.Fprintf(out, "still expected of each reservation: %.3f young, %.3f older\n", o.soon, o.late)
	fmt.Fprintf(out, "entries of the last minute: %.1f of %d\n", o.lastMinute(log), rate+rate/50)
	fmt.Fprintf(out, "entries that the pace allows: %.2f\n", o.paced(log, rate))
	fmt.Fprintf(out, "booked if all come: %d of %d\n", booked(log, now, ClaimSoon), MaxBooked*rate)
	allowed := Allowed(log, now, rate, window)
	fmt.Fprintf(out, "calls allowed: %d\n", allowed)

	var chosen []queue.Entry
	for i := range min(capacity-live.Live(), allowed) {
		chosen = append(chosen, queue.Entry{Key: queue.NewKey(8, 0, uint64(5000+i), queue.VisitorID{byte(i)})})
	}
	reserved := func(queue.Entry) Grant { return Grant{State: Reserved, Until: now.Add(window)} }
	for _, p := range Plan(13, log[11].Called, chosen, now, reserved) {
		fmt.Fprintf(out, "append page %d: %d grants, up to rank %d\n", p.Number, len(p.Grants), p.Called.Rank())
	}
}

// README.md holds the very figures that the code works out.
func TestTheReadmesTick(t *testing.T) {
	var out bytes.Buffer
	aTick(&out)
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "```\n"+out.String()+"```") {
		t.Errorf("README.md must hold:\n%s", out.String())
	}
}
