package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	long      = 2 * time.Second  // a test that takes so long is judged by its subtests
	mostParts = 60               // if they are no more
	tracing   = 20 * time.Minute // for all tests of a package
)

// trace runs all tests of the judge with every guard, one after the other, and sees which guards decide in which.
func (j *judge) trace() ([]test, error) {
	name, err := filepath.Abs(filepath.Join(work, "trace-"+strings.ReplaceAll(j.pkg, "/", "_")))
	if err != nil {
		return nil, err
	}
	_ = os.Remove(name)
	out, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) // the switches write to its end as well
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), tracing)
	defer cancel()
	c := j.command(ctx, []string{"FOYER_GUARD_TRACE=" + name}, "-test.parallel=1", "-test.v=test2json")
	c.Stdout, c.Stderr = out, out
	ended := c.Run()
	_ = out.Close()
	said, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	_ = os.Remove(name)
	if _, exited := ended.(*exec.ExitError); ended != nil && (!exited || !strings.Contains(string(said), "\x16FAIL\n")) {
		return nil, fmt.Errorf("%s: its tests didn't come to an end: %w\n%s", j.pkg, ended, said[max(0, len(said)-2000):])
	}
	return testsOf(string(said)), nil
}

// told matches what a test says of itself, and the mark of a guard that decides.
var told = regexp.MustCompile(`\x16=== (RUN|CONT|NAME|PAUSE) +(\S+)|` +
	`\x16--- (PASS|FAIL|SKIP): (\S+) \(([\d.]+)s\)|\x17([0-9a-f]{12})`)

// node is a test with its subtests.
type node struct {
	test
	parent *node
	parts  []*node
}

// testsOf returns the tests that are worth being run alone, by what they said one after the other.
func testsOf(said string) []test {
	root := &node{}
	all := map[string]*node{"": root}
	at := root
	for _, m := range told.FindAllStringSubmatch(said, -1) {
		switch event, name, result, ended := m[1], m[2], m[3], m[4]; {
		case m[6] != "":
			if !slices.Contains(at.Decided, m[6]) {
				at.Decided = append(at.Decided, m[6])
			}
		case result != "":
			seconds, _ := strconv.ParseFloat(m[5], 64)
			n := all[ended]
			if n == nil {
				continue
			}
			n.Took = max(n.Took, time.Duration(seconds*float64(time.Second)))
			n.Failed = result == "FAIL"
			n.parent.Took = max(n.parent.Took, sum(n.parent.parts))
			if at.within(n) {
				at = n.parent
			}
		default:
			if all[name] == nil {
				parent := name
				for all[parent] == nil {
					parent = parent[:max(0, strings.LastIndexByte(parent, '/'))]
				}
				all[name] = &node{test: test{Name: name}, parent: all[parent]}
				all[parent].parts = append(all[parent].parts, all[name])
			}
			if at = all[name]; event == "PAUSE" {
				at = at.parent
			}
		}
	}
	var tests []test
	for _, n := range root.parts {
		tests = append(tests, n.tests(root.Decided)...)
	}
	return tests
}

func sum(parts []*node) (took time.Duration) {
	for _, n := range parts {
		took += n.Took
	}
	return took
}

// within reports whether a test is another one, or part of it.
func (n *node) within(other *node) bool {
	return n == other || n.parent != nil && n.parent.within(other)
}

// tests returns a test, or in its place its subtests where it is long. around is what decides outside of it, whenever
// it is run.
func (n *node) tests(around []string) (all []test) {
	if n.Failed || n.Took < long || len(n.parts) < 2 || len(n.parts) > mostParts {
		return []test{{Name: n.Name, Took: n.Took, Decided: slices.Concat(around, n.decided()), Failed: n.Failed}}
	}
	around = slices.Concat(around, n.Decided)
	for _, part := range n.parts {
		all = append(all, part.tests(around)...)
	}
	return all
}

// decided is what decides in a test and its subtests.
func (n *node) decided() []string {
	all := slices.Clone(n.Decided)
	for _, part := range n.parts {
		all = append(all, part.decided()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
