package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// test is one test of a package, and what it came to with every guard in place.
type test struct {
	Name    string
	Took    time.Duration
	Decided []string // the keys of the guards that refused something in it
	Failed  bool     // also with every guard: it notices nothing
}

// patience is how much longer than usual a test may take without a guard before it counts as failed.
const patience = 20 * time.Second

// listed matches the lines of -test.list that are worth running.
var listed = regexp.MustCompile(`(?m)^(Test|Fuzz|Example)\S*$`)

// names returns the judge's tests.
func (j *judge) names() ([]string, error) {
	out, err := j.command(context.Background(), nil, "-test.list", ".").Output()
	if err != nil {
		return nil, fmt.Errorf("%s: list: %w", j.pkg, err)
	}
	return listed.FindAllString(string(out), -1), nil
}

func (j *judge) command(ctx context.Context, env []string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, j.binary, append(args, "-test.short")...)
	c.Dir, c.Env = j.dir, append(os.Environ(), env...)
	return c
}

// run runs some of the judge's tests, until one fails.
func (j *judge) run(env []string, names []string, within time.Duration) (out string, ok bool) {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	c := j.command(ctx, env, "-test.run", "^("+strings.Join(names, "|")+")$", "-test.failfast")
	c.WaitDelay = time.Second
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	err := c.Run()
	return said.String(), err == nil
}

// try runs one test alone with every guard, and sees which of them refuse something.
func (j *judge) try(name string) (test, error) {
	trace, err := filepath.Abs(filepath.Join(work, "trace-"+strings.ReplaceAll(j.pkg, "/", "_")+"-"+name))
	if err != nil {
		return test{}, err
	}
	_ = os.Remove(trace)
	defer func() { _ = os.Remove(trace) }()
	began := time.Now()
	_, ok := j.run([]string{"FOYER_GUARD_TRACE=" + trace}, []string{name}, 3*time.Minute)
	t := test{Name: name, Took: time.Since(began), Failed: !ok}
	text, err := os.ReadFile(trace)
	if err != nil && !os.IsNotExist(err) {
		return test{}, err
	}
	t.Decided = strings.Fields(string(text))
	return t, nil
}

// runs is some tests of one judge.
type runs struct {
	*judge
	names []string
	took  time.Duration
}

// noticing returns the tests in which a guard decides something: the quickest judges first, those of the guard's own
// package before all.
func noticing(g guard, all []*judge) []runs {
	var some []runs
	own := filepath.Dir(g.file)
	for _, j := range all {
		if !judges(own, j.pkg) {
			continue
		}
		r := runs{judge: j}
		for _, t := range j.tests {
			if t.Failed || g.source == nil && !slices.Contains(t.Decided, g.key()) {
				continue
			}
			r.names, r.took = append(r.names, t.Name), r.took+t.Took
		}
		if len(r.names) > 0 {
			some = append(some, r)
		}
	}
	slices.SortFunc(some, func(a, b runs) int {
		if (a.pkg == own) != (b.pkg == own) {
			if a.pkg == own {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.took, b.took)
	})
	return some
}

// verdict is what became of a guard.
type verdict struct {
	Noticed string // the test that failed; empty: none
	Hash    string // of the judge that noticed, or of all that might have
}

var failed = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)|^panic: (.*)|^fatal error: (.*)`)

// without runs the tests with the guard off.
func (g guard) without(all []*judge) (verdict, error) {
	env := []string{"FOYER_GUARD_OFF=" + g.key()}
	if g.source != nil {
		dir, err := scripts(g)
		if err != nil {
			return verdict{}, err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		env = []string{"FOYER_GUARD_SCRIPTS=" + dir}
	}
	for _, r := range noticing(g, all) {
		for _, names := range r.quickFirst() {
			out, ok := r.run(env, names, patience+10*r.took)
			if ok {
				continue
			}
			by := "a time limit"
			if m := failed.FindStringSubmatch(out); m != nil {
				by = cmp.Or(m[1], "panic: "+cmp.Or(m[2], m[3]))
			}
			return verdict{Noticed: r.pkg + " " + by, Hash: r.hash}, nil
		}
	}
	return verdict{Hash: hashes(g, all)}, nil
}

// quickFirst returns the tests that take less than a second in sum, and then the others.
func (r runs) quickFirst() (parts [][]string) {
	byTime := slices.Clone(r.names)
	took := map[string]time.Duration{}
	for _, t := range r.tests {
		took[t.Name] = t.Took
	}
	slices.SortFunc(byTime, func(a, b string) int { return cmp.Compare(took[a], took[b]) })
	var sum time.Duration
	for i, name := range byTime {
		if sum += took[name]; sum > time.Second && i > 0 {
			return [][]string{byTime[:i], byTime[i:]}
		}
	}
	return [][]string{byTime}
}

// hashes is the hash of all who might have noticed.
func hashes(g guard, all []*judge) string {
	var h []string
	for _, r := range noticing(g, all) {
		h = append(h, r.hash)
	}
	slices.Sort(h)
	return strings.Join(h, " ")
}

// scripts writes the guard's file without it into a folder of its own.
func scripts(g guard) (dir string, err error) {
	if dir, err = os.MkdirTemp("", "guards"); err != nil {
		return "", err
	}
	return dir, os.WriteFile(filepath.Join(dir, filepath.Base(g.file)), g.source, 0o600)
}
