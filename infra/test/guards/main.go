// Command guards switches each guard off in turn and sees whether a test notices: every part of every condition of a
// conditional write or a transaction, and every check by which tokens, signatures, amounts and messages of the provider
// are refused, in Go and in the edge's functions. What a conjunction lacks holds, what a disjunction lacks doesn't, and
// of the least or the greatest of two values the other one is left. A comparison of sizes or times is a guard once more
// at its bound: there, what is equal counts as the other side. It finds them in the syntax tree, so that none is
// forgotten, and changes no file: the compiler gets the sources with a switch at each guard as an overlay, each
// package's tests are built once for all guards, and a guard is judged by the tests in which it decides something:
// those of its own package and the quickest first, and of long tests each subtest alone. One that no test reaches has
// survived at once. A failure counts when it comes again: load is no test.
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
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"foyer/infra/local/ddb"
)

// atOnce is how many tests run at once.
const atOnce = 2

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
	k, err := open()
	if err != nil {
		return err
	}
	if err := k.database.renew(); err != nil {
		return err
	}
	defer k.database.stop()
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
	var spent time.Duration
	var stale []string
	for _, g := range guards {
		v, judged := verdicts[g.id()]
		by, reason := v.Noticed, equivalent[g.id()]
		spent += v.Spent
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
	fmt.Printf("%d guards in %v: %d noticed, %d equivalent, %d survived; their tests took %v of processor time\n",
		len(guards), took.Round(time.Second), noticed, same, survived, spent.Round(time.Second))
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

// database is one DynamoDB Local for all tests: the environment's, where that names one.
type database struct{ server *ddb.Server }

var given = os.Getenv(ddb.EndpointEnv)

// renew starts an empty one in its place.
func (d *database) renew() (err error) {
	d.stop()
	if err := os.Setenv(ddb.EndpointEnv, given); err != nil {
		return err
	}
	if d.server, err = ddb.Start(context.Background(), ddb.Options{Progress: os.Stderr}); err != nil {
		return err
	}
	return os.Setenv(ddb.EndpointEnv, d.server.Endpoint)
}

func (d *database) stop() {
	if d.server != nil {
		d.server.Stop()
	}
}
