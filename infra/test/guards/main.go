// Command guards switches each guard off in turn and sees whether a test notices: every part of every condition of a
// conditional write or a transaction, and every check by which tokens, signatures, amounts and messages of the provider
// are refused, in Go and in the edge's functions. A comparison of sizes or times is a guard once more at its bound:
// there, what is equal counts as the other side. It finds them in the syntax tree, so that none is forgotten, and
// changes no file: the compiler gets the sources with a switch at each guard as an overlay, each package's tests are
// built once for all guards, and a guard is judged by the tests in which it decides something: those of its own package
// and the quickest first, and of long tests each subtest alone. One that no test reaches has survived at once.
//
// What was found out is kept in .build/guards by the hashes of the built tests: a run that is stopped goes on where it
// was. After a change the test that noticed the last time is tried first.
//
// Where nothing changes without a guard, equivalent.txt says why. A run refuses a reason that a test disproves, and one
// for a guard that isn't there.
//
//	make guards                                   # all of them
//	make guards GUARDS="-only room/token"         # those of files whose path holds this
//	make guards GUARDS="-list"                    # what would be switched off
//	make guards GUARDS="-for 10m"                 # as many as can be judged in this time
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
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
	within := flag.Duration("for", 24*time.Hour, "take up no further guard after so long; the next run goes on")
	flag.Parse()
	if err := run(*only, *list, *within); err != nil {
		fmt.Fprintln(os.Stderr, "guards:", err)
		os.Exit(1)
	}
}

func run(only string, list bool, within time.Duration) error {
	began := time.Now()
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
	if id, found := groundless(equivalent, s.guards); found {
		return fmt.Errorf("equivalent.txt has a reason for a guard that isn't there: %s", id)
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
	k.end = began.Add(within)
	all, err := k.built(&s, on)
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
	noticed, same, survived, open := 0, 0, 0, 0
	var stale []string
	for _, g := range guards {
		v, judged := verdicts[g.id()]
		by, reason := v.Noticed, equivalent[g.id()]
		switch {
		case !judged:
			open++
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
			fmt.Printf("SURVIVED, %d tests reach it: %v\n", v.Reached, g)
		}
	}
	fmt.Printf("%d guards in %v: %d noticed, %d equivalent, %d survived\n", len(guards), took.Round(time.Second), noticed,
		same, survived)
	for _, id := range stale {
		fmt.Printf("equivalent.txt says that nothing changes without it, and a test noticed: %s\n", id)
	}
	if open > 0 {
		return fmt.Errorf("%d guards are left: %w", open, errStopped)
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

// groundless returns a guard that has a reason and isn't among all, if there is one.
func groundless(reasons map[string]string, all []guard) (id string, found bool) {
	there := map[string]bool{}
	for _, g := range all {
		there[g.id()] = true
	}
	for _, id := range sorted(reasons) {
		if !there[id] {
			return id, true
		}
	}
	return "", false
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
	end      time.Time // from when on nothing more is taken up
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

// traced runs each test alone where it isn't known which guards decide in it.
func (k *kept) traced(all []*judge) error {
	type one struct {
		j    *judge
		name string
	}
	var todo []one
	var open []*judge
	for _, j := range all {
		if known, found := k.Tests[j.hash]; found {
			j.tests = known
			continue
		}
		names, err := j.names()
		if err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "%s: %d tests\n", j.pkg, len(names))
		open = append(open, j)
		for _, name := range names {
			todo = append(todo, one{j, name})
		}
	}
	left := map[*judge]int{}
	for _, o := range todo {
		left[o.j]++
	}
	err := each(todo, k.end, func(o one) error {
		tests, err := o.j.tryAll(o.name)
		if err != nil {
			return err
		}
		for _, t := range tests {
			if t.Failed {
				fmt.Fprintf(os.Stderr, "%s %s fails alone with every guard, and judges none\n", o.j.pkg, t.Name)
			}
		}
		k.mu.Lock()
		o.j.tests = append(o.j.tests, tests...)
		left[o.j]--
		whole := left[o.j] == 0
		if whole {
			k.Tests[o.j.hash] = o.j.tests
		}
		k.mu.Unlock()
		if !whole {
			return nil
		}
		return k.save(true)
	})
	if err == nil {
		for _, j := range open {
			if left[j] > 0 {
				return errStopped
			}
		}
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
	err := each(open, k.end, func(g guard) error {
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
	err = each(open, k.end, func(g guard) error {
		v, err := g.without(all)
		if err != nil {
			return fmt.Errorf("%v: %w", g, err)
		}
		if v.Noticed == "" {
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
			if _, ok := j.run(nil, names, 5*time.Minute); ok {
				good[j.pkg] = j
			}
		}
	}
	return good
}

// errStopped says that a run ended before all were judged.
var errStopped = errors.New("stopped before the end: run it again, and it goes on")

// each does the work for all, some at once, until one fails or the time is over; zero: it never is.
func each[T any](all []T, end time.Time, work func(T) error) error {
	todo, failed := make(chan T, len(all)), make(chan error, parallel)
	for _, one := range all {
		todo <- one
	}
	close(todo)
	for range parallel {
		go func() {
			for one := range todo {
				if !end.IsZero() && time.Now().After(end) {
					break
				}
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
