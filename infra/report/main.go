// Command report runs go test with its arguments and says at the end what was skipped and how to enable it. It shows
// go test's own closing line of every package, and the whole output of what failed. Its exit status is go test's.
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"slices"
	"strings"
	"syscall"
)

func main() {
	log.SetFlags(0)
	signal.Ignore(os.Interrupt, syscall.SIGTERM) // go test ends by itself, and its report is wanted
	cmd := exec.Command("go", append([]string{"test", "-json"}, os.Args[1:]...)...)
	cmd.Stderr = os.Stderr
	lines, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		log.Fatalf("report: %v", err)
	}
	r := newReport(os.Stdout)
	r.read(lines)
	err = cmd.Wait()
	r.close()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		os.Exit(cmp.Or(max(exit.ExitCode(), 0), 1))
	}
}

// event is a line of go test -json.
type event struct {
	Action, Package, Test, Output string
}

// report gathers what the closing words need.
type report struct {
	out     io.Writer
	output  map[string][]string // of every test and package that hasn't passed
	reasons map[string][]string // why skipped → tests
	failed  []string
}

func newReport(out io.Writer) *report {
	return &report{out: out, output: map[string][]string{}, reasons: map[string][]string{}}
}

func (r *report) read(lines io.Reader) {
	scanner := bufio.NewScanner(lines)
	scanner.Buffer(nil, 16<<20)
	for scanner.Scan() {
		var e event
		if json.Unmarshal(scanner.Bytes(), &e) != nil {
			fmt.Fprintln(r.out, scanner.Text()) // a build's error, say
			continue
		}
		r.take(e)
	}
}

// closing is go test's last line of a package.
var closing = regexp.MustCompile(`^(ok|FAIL|---|\?)\s+\t?\S+`)

func (r *report) take(e event) {
	name := e.Package + " " + e.Test
	switch e.Action {
	case "output", "build-output":
		if e.Test == "" && (e.Action == "build-output" || closing.MatchString(e.Output)) {
			fmt.Fprint(r.out, e.Output)
			return
		}
		r.output[name] = append(r.output[name], e.Output)
	case "pass":
		delete(r.output, name)
	case "skip":
		if e.Test != "" {
			why := reason(r.output[name])
			r.reasons[why] = append(r.reasons[why], name)
		}
		delete(r.output, name)
	case "fail":
		for _, line := range r.output[name] {
			fmt.Fprint(r.out, line)
		}
		if e.Test != "" {
			r.failed = append(r.failed, name)
		} else {
			r.cutShort(e.Package)
		}
		delete(r.output, name)
	}
}

// cutShort shows what the tests said that were under way when their package failed.
func (r *report) cutShort(pkg string) {
	for _, name := range slices.Sorted(maps.Keys(r.output)) {
		if test, ours := strings.CutPrefix(name, pkg+" "); !ours || test == "" {
			continue
		}
		for _, line := range r.output[name] {
			fmt.Fprint(r.out, line)
		}
		r.failed = append(r.failed, name+", which didn't end")
		delete(r.output, name)
	}
}

// where is the place that go test puts before a message.
var where = regexp.MustCompile(`^\s+\S+\.go:\d+: `)

// reason is what the test said when it was skipped.
func reason(output []string) string {
	var said []string
	for _, line := range output {
		if at := where.FindString(line); at != "" {
			said = append(said, strings.TrimSpace(line[len(at):]))
		}
	}
	return cmp.Or(strings.Join(said, "; "), "no reason given")
}

func (r *report) close() {
	if len(r.failed) > 0 {
		fmt.Fprintf(r.out, "\nFailed, %d:\n", len(r.failed))
		for _, name := range r.failed {
			fmt.Fprintln(r.out, "  "+name)
		}
	}
	if len(r.reasons) == 0 {
		fmt.Fprintln(r.out, "\nNothing was skipped.")
		return
	}
	fmt.Fprintln(r.out, "\nSkipped, and how to enable it:")
	for _, why := range slices.Sorted(maps.Keys(r.reasons)) {
		tests := r.reasons[why]
		fmt.Fprintf(r.out, "  %s (%d, such as %s)\n", why, len(tests), tests[0])
	}
}
