// Command guards switches each guard off in turn and sees whether a test notices: every part of every condition of a
// conditional write or a transaction, and every check by which tokens, signatures, amounts and messages of the provider
// are refused, in Go and in the edge's functions. It finds them in the syntax tree, so that none is forgotten, and
// changes no file: the compiler gets the sources with a switch at each guard as an overlay, each package's tests are
// built once for all guards, and a guard is judged by the tests in which it decides something.
//
// What was found out is kept in .build/guards by the hashes of the built tests: a run that is stopped goes on where it
// was, and after a change only that is judged again which the change concerns.
//
//	make guards                                   # all of them
//	make guards GUARDS="-only room/token"         # those of files whose path holds this
//	make guards GUARDS="-list"                    # what would be switched off
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"foyer/infra/local/ddb"
)

// parallel is how many tests run at once.
const parallel = 2

func main() {
	only := flag.String("only", "", "switch off the guards of files whose path holds this; several by commas")
	list := flag.Bool("list", false, "list the guards, and switch none off")
	flag.Parse()
	if err := run(*only, *list); err != nil {
		fmt.Fprintln(os.Stderr, "guards:", err)
		os.Exit(1)
	}
}

func run(only string, list bool) error {
	s, err := find()
	if err != nil {
		return err
	}
	var guards []guard
	on := map[string]bool{}
	for _, g := range s.guards {
		if matches(g.file, only) {
			guards = append(guards, g)
			on[filepath.Dir(g.file)] = true
		}
	}
	if list {
		for _, g := range guards {
			fmt.Println(g)
		}
		fmt.Printf("%d guards\n", len(guards))
		return nil
	}
	equivalent, err := reasons("infra/test/guards/equivalent.txt")
	if err != nil {
		return err
	}
	stop, err := database()
	if err != nil {
		return err
	}
	defer stop()
	k, err := open()
	if err != nil {
		return err
	}
	began := time.Now()
	all, err := k.judges(&s, on)
	if err != nil {
		return err
	}
	verdicts, err := k.judgeAll(guards, all)
	if err != nil {
		return err
	}
	return report(guards, verdicts, equivalent, time.Since(began))
}

// matches reports whether the path holds one of the texts; empty: every path does.
func matches(path, only string) bool {
	for one := range strings.SplitSeq(only, ",") {
		if strings.Contains(path, one) {
			return true
		}
	}
	return false
}

// report prints what became of each guard, and the sums.
func report(guards []guard, verdicts map[string]verdict, equivalent map[string]string, took time.Duration) error {
	noticed, same, survived := 0, 0, 0
	var stale []string
	for _, g := range guards {
		by, reason := verdicts[g.id()].Noticed, equivalent[g.id()]
		switch {
		case by != "":
			noticed++
			fmt.Printf("noticed by %s: %v\n", by, g)
			if reason != "" {
				stale = append(stale, g.id())
			}
		case reason != "":
			same++
			fmt.Printf("equivalent, %s: %v\n", reason, g)
		default:
			survived++
			fmt.Printf("SURVIVED: %v\n", g)
		}
	}
	fmt.Printf("%d guards in %v: %d noticed, %d equivalent, %d survived\n", len(guards), took.Round(time.Second), noticed,
		same, survived)
	for _, id := range stale {
		fmt.Printf("equivalent.txt says that nothing changes without it, and a test noticed: %s\n", id)
	}
	if survived > 0 || len(stale) > 0 {
		return fmt.Errorf("%d guards can be removed and no test notices; %d reasons are wrong", survived, len(stale))
	}
	return nil
}

// reasons reads why the absence of some guards changes nothing: "id<tab>reason" a line.
func reasons(name string) (map[string]string, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	all := map[string]string{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if id, reason, found := strings.Cut(lines.Text(), "\t"); found {
			all[id] = reason
		}
	}
	return all, nil
}

// database starts one DynamoDB Local for all tests, or none where there is one already.
func database() (stop func(), err error) {
	d, err := ddb.Start(context.Background(), ddb.Options{Progress: os.Stderr})
	if err != nil {
		return nil, err
	}
	return d.Stop, os.Setenv(ddb.EndpointEnv, d.Endpoint)
}

// kept is what was found out, by this run and those before.
type kept struct {
	mu       sync.Mutex
	Tests    map[string][]test  // by the hash of a judge
	Verdicts map[string]verdict // by the guard's id
	dirty    int
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

// judges builds the tests that may notice something, and runs those of which it isn't known which guards decide in
// them.
func (k *kept) judges(s *sources, on map[string]bool) ([]*judge, error) {
	overlay, err := s.writeOverlay()
	if err != nil {
		return nil, err
	}
	all := judgesOf(on)
	err = each(all, func(j *judge) error {
		if err := j.build(overlay); err != nil {
			return err
		}
		k.mu.Lock()
		known, found := k.Tests[j.hash]
		k.mu.Unlock()
		if found {
			j.tests = known
			return nil
		}
		names, err := j.names()
		if err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "%s: %d tests\n", j.pkg, len(names))
		for _, name := range names {
			t, err := j.try(name)
			if err != nil {
				return err
			}
			if t.Failed {
				fmt.Fprintf(os.Stderr, "%s %s fails alone with every guard, and judges none\n", j.pkg, name)
			}
			j.tests = append(j.tests, t)
		}
		k.mu.Lock()
		k.Tests[j.hash] = j.tests
		k.mu.Unlock()
		return k.save(true)
	})
	return all, err
}

// judgeAll returns what became of each guard, by its id.
func (k *kept) judgeAll(guards []guard, all []*judge) (map[string]verdict, error) {
	valid := map[string]bool{}
	for _, j := range all {
		valid[j.hash] = true
	}
	verdicts := map[string]verdict{}
	var open []guard
	for _, g := range guards {
		v, found := k.Verdicts[g.id()]
		if found && (v.Noticed != "" && valid[v.Hash] || v.Noticed == "" && v.Hash == hashes(g, all)) {
			verdicts[g.id()] = v
			continue
		}
		open = append(open, g)
	}
	fmt.Fprintf(os.Stderr, "%d guards, %d of which nothing is known yet\n", len(guards), len(open))
	err := each(open, func(g guard) error {
		v, err := g.without(all)
		if err != nil {
			return fmt.Errorf("%v: %w", g, err)
		}
		if v.Noticed == "" {
			fmt.Fprintf(os.Stderr, "nobody noticed: %v\n", g)
		}
		k.mu.Lock()
		k.Verdicts[g.id()], verdicts[g.id()] = v, v
		k.mu.Unlock()
		return k.save(false)
	})
	if err != nil {
		return nil, err
	}
	return verdicts, k.save(true)
}

// each does the work for all, some at once, until one fails.
func each[T any](all []T, work func(T) error) error {
	todo, failed := make(chan T, len(all)), make(chan error, parallel)
	for _, one := range all {
		todo <- one
	}
	close(todo)
	for range parallel {
		go func() {
			for one := range todo {
				if err := work(one); err != nil {
					failed <- err
					return
				}
			}
			failed <- nil
		}()
	}
	var first error
	for range parallel {
		if err := <-failed; err != nil && first == nil {
			first = err
		}
	}
	return first
}
