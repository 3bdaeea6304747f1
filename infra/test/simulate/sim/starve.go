package sim

import (
	"fmt"
	"io"
	"iter"
	"time"
)

// besieged are the capacities and rates of zones under siege.
var besieged = [][2]int{{100, 600}, {5000, 200}}

// sieges are those of one zone. A siege with a socket each lasts until the bots had their turns and others came after.
func sieges(capacity, rate int) (all []siege) {
	add := func(bots int, does habit, sockets bool, every time.Duration) {
		s := siege{bots, 2000, does, sockets, every, capacity, rate, 0}
		s.lasts = s.bound().Truncate(time.Minute) + 12*time.Minute
		all = append(all, s)
	}
	for _, bots := range []int{200, 600, 1500} {
		add(bots, stay, false, 30*time.Second)
		add(bots, stay, true, 30*time.Second)
	}
	add(1500, stay, false, 5*time.Second)
	add(100_000, stay, false, 24*time.Hour) // each is used once
	add(1500, reconnect, true, 4*time.Second)
	add(1500, leave, true, 5*time.Second)
	add(600, late, true, 5*time.Second)
	return all
}

// Sieges plays every siege by bots, or only the first of each zone.
func Sieges(first bool) iter.Seq[Siege] {
	return func(yield func(Siege) bool) {
		for _, z := range besieged {
			alone := siege{0, 2000, stay, false, 0, z[0], z[1], 40 * time.Minute}.play(1, Siege{})
			for n, s := range sieges(z[0], z[1]) {
				if first && n > 0 {
					break
				}
				if !yield(s.play(1, alone)) {
					return
				}
			}
		}
	}
}

// Starve plays every siege and writes how many people entered. It reports whether every promise held.
func Starve(out io.Writer) (held bool) {
	held = true
	fmt.Fprintln(out, "2,000 people with sockets behind bots, each of which does this again and again:")
	fmt.Fprintln(out, "capacity  rate    bots  does       sockets  every   lasts  bound  people in  alone  first at   "+
		"calls  a bot  wastes  passed")
	for s := range Sieges(false) {
		fmt.Fprintf(out, "%8d  %4d  %6d  %-9s  %7v  %5.0fs  %6v %6v  %9d  %5d  %8v  %6d  %5d  %6v  %6d\n",
			s.Capacity, s.Rate, s.Bots, s.Does, s.Sockets, s.Every.Seconds(), s.Lasts, s.Bound.Round(time.Second),
			s.Entered, s.Alone, s.First.Round(time.Second), s.Calls, s.Most, s.Wasted.Round(time.Second), s.Passed)
		if s.Failure != nil {
			held = false
			fmt.Fprintln(out, s.Failure)
		}
	}
	return held
}
