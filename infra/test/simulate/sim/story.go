package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Failure is something that must never happen.
type Failure struct {
	What     string
	At       time.Duration
	Visitors []int    // whom it concerns
	Things   []string // the seat, the order, the grant
	Story    []string // the last steps that concern them; empty unless the story was kept
	Command  string   // plays it again
}

func (f *Failure) String() string {
	lines := append([]string{fmt.Sprintf("%s  %s", stamp(f.At), f.What)}, f.Story...)
	return strings.Join(append(lines, "play it again: "+f.Command), "\n")
}

// told is how many lines of a story are told.
const told = 24

// line is one sentence of the story.
type line struct {
	at    time.Duration
	who   *visitor // nil: nobody in particular
	thing string   // a seat, an order, a grant; empty: none
	text  string
}

// story is what happened.
type story struct {
	hash  uint64
	lines []line
}

const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

// mix takes something into the hash of the world.
func (s *story) mix(words ...uint64) {
	for _, x := range words {
		s.hash = (s.hash ^ x) * fnvPrime
	}
}

func (s *story) mixText(text string) {
	for i := range len(text) {
		s.hash = (s.hash ^ uint64(text[i])) * fnvPrime
	}
}

// note takes a step into the hash.
func (w *World) note(what string, v *visitor, detail uint64) {
	n := uint64(0)
	if v != nil {
		n = uint64(v.n) + 1
	}
	w.story.mixText(what)
	w.story.mix(uint64(w.now), n, detail)
}

// say adds a sentence, where the story is kept.
func (w *World) say(v *visitor, thing, format string, args ...any) {
	if w.Story {
		w.story.lines = append(w.story.lines, line{w.now, v, thing, fmt.Sprintf(format, args...)})
	}
}

// fail says that something happened that must never happen. The first counts.
func (w *World) fail(what string, visitors []*visitor, things ...string) {
	if w.failed != nil {
		return
	}
	f := &Failure{What: what, At: w.now, Things: things, Command: w.command()}
	visitors = slices.DeleteFunc(visitors, func(v *visitor) bool { return v == nil })
	for _, v := range visitors {
		f.Visitors = append(f.Visitors, v.n)
	}
	f.Story = w.storyOf(visitors, things)
	w.failed = f
	w.note("failed", nil, 0)
	w.story.mixText(what)
}

// storyOf is the last lines about these visitors and things.
func (w *World) storyOf(visitors []*visitor, things []string) (text []string) {
	for _, l := range slices.Backward(w.story.lines) {
		about := l.who != nil && slices.Contains(visitors, l.who) || l.thing != "" && slices.Contains(things, l.thing)
		if !about && !(l.who == nil && l.thing == "") {
			continue
		}
		text = append(text, stamp(l.at)+"  "+l.text)
		if len(text) == told {
			break
		}
	}
	slices.Reverse(text)
	return text
}

func stamp(at time.Duration) string {
	return fmt.Sprintf("%02d:%06.3f", int(at.Minutes()), (at % time.Minute).Seconds())
}

func (w *World) command() string {
	if w.siege != nil {
		return "make simulate SCENARIO=starve"
	}
	s := fmt.Sprintf("make simulate SEED=%d VISITORS=%d", w.Seed, w.Visitors)
	if w.asked.For > 0 {
		s += fmt.Sprintf(" FOR=%v", w.asked.For)
	}
	if w.asked.Visitors == 0 {
		s = fmt.Sprintf("make simulate SEED=%d", w.Seed)
	}
	if w.Calm {
		s += " CALM=1"
	}
	if w.Plant != "" {
		s += fmt.Sprintf(" PLANT=%q", w.Plant)
	}
	return s
}
