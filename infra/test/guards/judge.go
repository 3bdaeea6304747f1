package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
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

// patience is how much longer than usual a test may take without a guard before it is ended.
const patience = 30 * time.Second

// listed matches the name of a test.
var listed = regexp.MustCompile(`^(Test|Fuzz|Example)\S*$`)

func (j *judge) command(ctx context.Context, env []string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, j.binary, append(args, "-test.short")...)
	// What rapid found without a guard is no case for later.
	c.Dir, c.Env = j.dir, append(append(os.Environ(), "RAPID_NOFAILFILE=true"), env...)
	return c
}

// outcome is what a run of tests came to.
type outcome struct {
	out   string
	ok    bool
	spent time.Duration // of processors
}

// run runs some of the judge's tests, until one fails.
func (j *judge) run(env []string, names []string, within time.Duration) outcome {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	c := j.command(ctx, env, "-test.run", pattern(names), "-test.failfast", "-test.v")
	c.WaitDelay = time.Second
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	o := outcome{ok: c.Run() == nil, out: said.String()}
	if c.ProcessState != nil {
		o.spent = c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	}
	return o
}

// pattern returns what -test.run takes for tests and their subtests.
func pattern(names []string) string {
	var all []string
	for _, name := range names {
		var parts []string
		for part := range strings.SplitSeq(name, "/") {
			parts = append(parts, "^"+regexp.QuoteMeta(part)+"$")
		}
		all = append(all, strings.Join(parts, "/"))
	}
	return strings.Join(all, "|")
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
	Noticed string        // the test that failed; empty: none
	Reached int           // in how many tests it decides something, where none noticed
	Hash    string        // of the judge that noticed, or of all that might have
	Spent   time.Duration // of processors, to find it out
}

// pkgAndTest returns who noticed: the package, and the test by which it did; none for a limit of time or a panic.
func (v verdict) pkgAndTest() (pkg, test string) {
	pkg, test, _ = strings.Cut(v.Noticed, " ")
	if !listed.MatchString(test) {
		return pkg, ""
	}
	return pkg, test
}

// noticer returns which test or subtest failed, or what else happened.
func noticer(out string) string {
	by := ""
	for _, m := range failed.FindAllStringSubmatch(out, -1) {
		switch {
		case by == "":
			by = cmp.Or(m[1], "panic: "+cmp.Or(m[2], m[3]))
		case strings.HasPrefix(m[1], by+"/"):
			by = m[1]
		default:
			return by
		}
	}
	return cmp.Or(by, "a time limit")
}

var failed = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)|^panic: (.*)|^fatal error: (.*)`)

// off runs work with what switches the guard off.
func (g guard) off(work func(env []string) verdict) (verdict, error) {
	if g.source == nil {
		return work([]string{"FOYER_GUARD_OFF=" + g.key()}), nil
	}
	dir, err := scripts(g)
	if err != nil {
		return verdict{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	return work([]string{"FOYER_GUARD_SCRIPTS=" + dir}), nil
}

// again runs the test that noticed the last time.
func (g guard) again(j *judge, test string) (verdict, error) {
	return g.off(func(env []string) (v verdict) {
		o := j.run(env, []string{test}, 2*patience)
		if !o.ok && failed.MatchString(o.out) {
			v = verdict{Noticed: j.pkg + " " + noticer(o.out), Hash: j.hash, Spent: o.spent}
		}
		return v
	})
}

// errUnsure says that a failure may come of something else than the guard that was off, such as load.
var errUnsure = errors.New("what failed passed the next time, or doesn't pass with every guard either")

// passes reports whether a test of the judge passes alone with every guard.
func (j *judge) passes(name string) bool {
	if known, found := j.alone.Load(name); found {
		return known.(bool)
	}
	ok := j.run(nil, []string{name}, 2*patience).ok
	j.alone.Store(name, ok)
	return ok
}

// notices returns by what the tests notice that a guard is off; empty: they don't. A failure counts if it comes again,
// and if the test that failed passes with every guard: all must where it is of none, such as a limit of time or a
// program that was ended.
func notices(off func(names []string) outcome, on func(names []string) bool, names []string) (by string, err error) {
	o := off(names)
	if o.ok {
		return "", nil
	}
	by, named := noticer(o.out), names
	if listed.MatchString(by) {
		named = []string{by}
	}
	if !on(named) {
		return "", errUnsure
	}
	if off(named).ok && off(names).ok {
		return "", errUnsure
	}
	return by, nil
}

// without runs the tests with the guard off.
func (g guard) without(all []*judge) (v verdict, err error) {
	var unsure error
	v, err = g.off(func(env []string) (v verdict) {
		for _, r := range noticing(g, all) {
			v.Reached += len(r.names)
			off := func(names []string) outcome {
				o := r.run(env, names, patience+5*r.took)
				v.Spent += o.spent
				return o
			}
			on := func(names []string) bool {
				return !slices.ContainsFunc(names, func(name string) bool { return !r.passes(name) })
			}
			for _, names := range r.quickFirst() {
				by, err := notices(off, on, names)
				if err != nil || by != "" {
					unsure = err
					return verdict{Noticed: r.pkg + " " + by, Hash: r.hash, Spent: v.Spent}
				}
			}
		}
		v.Hash = hashes(g, all)
		return v
	})
	return v, cmp.Or(err, unsure)
}

// quickFirst returns the tests in parts: those that take less than a second in sum, then four times as much, and so on.
func (r runs) quickFirst() (parts [][]string) {
	took := map[string]time.Duration{}
	for _, t := range r.tests {
		took[t.Name] = t.Took
	}
	byTime := slices.Clone(r.names)
	slices.SortStableFunc(byTime, func(a, b string) int { return cmp.Compare(took[a], took[b]) })
	var sum time.Duration
	from, most := 0, time.Second
	for i, name := range byTime {
		if sum += took[name]; sum > most && i > from {
			parts = append(parts, byTime[from:i])
			from, most, sum = i, 4*most, took[name]
		}
	}
	return append(parts, byTime[from:])
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
