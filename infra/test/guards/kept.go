package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"foyer/internal/parallel"
)

// kept is what was found out, by this run and those before.
type kept struct {
	mu       sync.Mutex
	Tests    map[string][]test  // by the hash of a judge
	Verdicts map[string]verdict // by the guard's id
	dirty    int
	end      time.Time // from when on nothing more is taken up
	database database
}

var keptIn = filepath.Join(work, "kept.json")

func open() (*kept, error) {
	k := &kept{Tests: map[string][]test{}, Verdicts: map[string]verdict{}}
	return k, k.add()
}

// add takes over what the file says and isn't known: another run may have written it.
func (k *kept) add() error {
	text, err := os.ReadFile(keptIn)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	var other kept
	if err := json.Unmarshal(text, &other); err != nil {
		return err
	}
	for hash, tests := range other.Tests {
		if _, known := k.Tests[hash]; !known {
			k.Tests[hash] = tests
		}
	}
	for id, v := range other.Verdicts {
		if _, known := k.Verdicts[id]; !known {
			k.Verdicts[id] = v
		}
	}
	return nil
}

// save writes what was found out, now and then or at once.
func (k *kept) save(atOnce bool) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.dirty++; k.dirty < 10 && !atOnce {
		return nil
	}
	k.dirty = 0
	if err := k.add(); err != nil {
		return err
	}
	text, err := json.Marshal(k)
	if err != nil {
		return err
	}
	if err := os.WriteFile(keptIn+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(keptIn+".new", keptIn)
}

// built builds the tests that may notice something.
func (k *kept) built(s *sources, on map[string]bool) ([]*judge, error) {
	overlay, err := s.writeOverlay()
	if err != nil {
		return nil, err
	}
	all := judgesOf(on)
	return all, each(all, time.Time{}, func(j *judge) error { return j.build(overlay) })
}

// traced sees which guards decide in which test, where it isn't known.
func (k *kept) traced(all []*judge) error {
	err := each(all, k.end, func(j *judge) (err error) {
		k.mu.Lock()
		known, found := k.Tests[j.hash]
		k.mu.Unlock()
		if found {
			j.tests = known
			return nil
		}
		if j.tests, err = j.trace(); err != nil {
			return err
		}
		for _, t := range j.tests {
			if t.Failed {
				fmt.Fprintf(os.Stderr, "%s %s fails with every guard, and judges none\n", j.pkg, t.Name)
			}
		}
		k.mu.Lock()
		k.Tests[j.hash] = j.tests
		k.mu.Unlock()
		return k.save(true)
	})
	if err == nil && slices.ContainsFunc(all, func(j *judge) bool { return len(j.tests) == 0 }) {
		return errStopped
	}
	return err
}

// judgeAll returns what became of each guard, by its id: first by the test that noticed the last time, and where there
// is none, or it passes, by all.
func (k *kept) judgeAll(guards []guard, all []*judge) (map[string]verdict, error) {
	verdicts := map[string]verdict{}
	open := k.unknown(guards, all, verdicts, false)
	fmt.Fprintf(os.Stderr, "%d guards, %d of which are looked at anew\n", len(guards), len(open))
	good := k.hinted(open, all)
	err := k.each(open, func(g guard) error {
		pkg, test := k.last(g).pkgAndTest()
		j := good[pkg]
		if j == nil || test == "" {
			return nil
		}
		v, err := g.again(j, test)
		if err != nil || v.Noticed == "" {
			return err
		}
		return k.put(g, v, verdicts)
	})
	if err != nil {
		return nil, err
	}
	dirs := map[string]bool{}
	for _, g := range k.unknown(open, all, verdicts, false) {
		dirs[filepath.Dir(g.file)] = true
	}
	var needed []*judge
	for _, j := range all {
		for dir := range dirs {
			if judges(dir, j.pkg) {
				needed = append(needed, j)
				break
			}
		}
	}
	if err := k.traced(needed); err != nil {
		return nil, err
	}
	open = k.unknown(open, all, verdicts, true)
	fmt.Fprintf(os.Stderr, "%d guards are judged by every test that they decide in\n", len(open))
	err = k.each(open, func(g guard) error {
		v, err := g.without(all)
		switch {
		case errors.Is(err, errUnsure):
			fmt.Fprintf(os.Stderr, "not judged, %v: %v\n", err, g)
			return nil
		case err != nil:
			return fmt.Errorf("%v: %w", g, err)
		case v.Noticed == "":
			fmt.Fprintf(os.Stderr, "nobody noticed (%d tests reach it): %v\n", v.Reached, g)
		}
		return k.put(g, v, verdicts)
	})
	if err != nil {
		return nil, err
	}
	return verdicts, k.save(true)
}

// last is what became of a guard the last time.
func (k *kept) last(g guard) verdict {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.Verdicts[g.id()]
}

// put keeps what became of a guard.
func (k *kept) put(g guard, v verdict, verdicts map[string]verdict) error {
	k.mu.Lock()
	k.Verdicts[g.id()], verdicts[g.id()] = v, v
	k.mu.Unlock()
	return k.save(false)
}

// unknown returns the guards of which it isn't known what becomes of them with these tests, and notes the others in
// verdicts. That nobody notices is only known once it is known which tests a guard decides in.
func (k *kept) unknown(guards []guard, all []*judge, verdicts map[string]verdict, traced bool) (open []guard) {
	valid := map[string]bool{}
	for _, j := range all {
		valid[j.hash] = true
		if known, found := k.Tests[j.hash]; found && len(j.tests) == 0 {
			j.tests = known
		}
	}
	for _, g := range guards {
		v, found := k.Verdicts[g.id()]
		survives := v.Noticed == "" && v.Hash == hashes(g, all) && (v.Hash != "" || traced)
		if found && (v.Noticed != "" && valid[v.Hash] || survives) {
			verdicts[g.id()] = v
			continue
		}
		open = append(open, g)
	}
	return open
}

// hinted returns the judges by package whose tests that noticed something the last time all pass with every guard.
func (k *kept) hinted(guards []guard, all []*judge) map[string]*judge {
	tests := map[string]map[string]bool{}
	for _, g := range guards {
		if pkg, test := k.last(g).pkgAndTest(); test != "" {
			if tests[pkg] == nil {
				tests[pkg] = map[string]bool{}
			}
			tests[pkg][test] = true
		}
	}
	good := map[string]*judge{}
	for _, j := range all {
		if names := sorted(tests[j.pkg]); len(names) > 0 {
			if j.run(nil, names, 5*time.Minute).ok {
				good[j.pkg] = j
			}
		}
	}
	return good
}

// perDatabase is after how many guards the tests get an empty database: tests that are ended leave their tables in it,
// which make it slow.
const perDatabase = 50

// each does the work for guards, some at once.
func (k *kept) each(all []guard, work func(guard) error) error {
	for some := range slices.Chunk(all, perDatabase) {
		if err := k.database.renew(); err != nil {
			return err
		}
		if err := each(some, k.end, work); err != nil {
			return err
		}
	}
	return nil
}

// errStopped says that a run ended before all were judged.
var errStopped = errors.New("stopped before the end: run it again, and it goes on")

// each does the work for all, some at once, until the time is over; zero: it never is.
func each[T any](all []T, end time.Time, work func(T) error) error {
	return parallel.Do(context.Background(), len(all), atOnce, func(i int) error {
		if !end.IsZero() && time.Now().After(end) {
			return nil
		}
		return work(all[i])
	})
}
