//go:build race

package cold_test

// underRace reports whether the race detector is on: it slows every instruction, so that a measure says nothing.
const underRace = true
