//go:build !race

package cold_test

// underRace reports whether the race detector is on.
const underRace = false
