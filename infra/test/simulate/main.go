// Command simulate plays a whole sale in virtual time, by the dice of a seed, and says what it came to. If something
// happened that must never happen, it prints a short story and how to play it again, and exits with 1.
//
// Its options are variables of the environment, so that a failure's command line can be copied: see make help.
package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"time"

	"foyer/infra/test/simulate/sim"
)

func main() {
	c, n, err := options(os.Getenv)
	if err != nil {
		fmt.Fprintln(os.Stderr, "simulate:", err)
		os.Exit(2)
	}
	switch scenario := os.Getenv("SCENARIO"); scenario {
	case "":
	case "starve":
		if !sim.Starve(os.Stdout) {
			os.Exit(1)
		}
		return
	default:
		fmt.Fprintf(os.Stderr, "simulate: no scenario is called %q; there is: starve\n", scenario)
		os.Exit(2)
	}
	debug.SetGCPercent(800) // a world is small, and over soon
	for last := c.Seed + n; c.Seed < last; c.Seed++ {
		began := time.Now()
		r := sim.Replay(c)
		fmt.Printf("seed %d: %d visitors, %d inside, %d orders paid, %d seats sold; %d steps, %d faults, %d crashes; "+
			"%v of virtual time in %v; %016x\n", c.Seed, r.Visitors, r.Entered, r.Bought, r.Seats, r.Steps, r.Faults,
			r.Crashes, r.Virtual.Round(time.Second), time.Since(began).Round(time.Millisecond), r.Hash)
		if r.Failure != nil {
			fmt.Println(r.Failure)
			os.Exit(1)
		}
	}
}

// options reads the world that is asked for, and how many seeds.
func options(env func(string) string) (c sim.Config, n uint64, err error) {
	c.Plant, c.Calm = env("PLANT"), env("CALM") != ""
	if c.Seed, err = number(env("SEED"), 1); err != nil {
		return c, 0, fmt.Errorf("SEED: %w", err)
	}
	if n, err = number(env("SEEDS"), 1); err != nil {
		return c, 0, fmt.Errorf("SEEDS: %w", err)
	}
	visitors, err := number(env("VISITORS"), 0)
	if err != nil {
		return c, 0, fmt.Errorf("VISITORS: %w", err)
	}
	c.Visitors = int(visitors)
	if text := env("FOR"); text != "" {
		if c.For, err = time.ParseDuration(text); err != nil {
			return c, 0, fmt.Errorf("FOR: %w", err)
		}
	}
	if c.Plant != "" && !sim.HasPlant(c.Plant) {
		return c, 0, fmt.Errorf("PLANT: no fault is called %q", c.Plant)
	}
	return c, n, nil
}

func number(text string, fallback uint64) (uint64, error) {
	if text == "" {
		return fallback, nil
	}
	return strconv.ParseUint(text, 10, 64)
}
