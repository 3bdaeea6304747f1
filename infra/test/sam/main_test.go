package sam_test

import (
	"bytes"
	"context"
	"os"
	"sync"
	"testing"

	"foyer/infra/bundle"
	"foyer/infra/test/sam"
	"foyer/internal/testkit/skip"
)

// bench holds what a test under SAM needs: the app, the world and the file with the functions' variables.
type bench struct {
	*testing.T
	app   *sam.App
	world *sam.World
	env   string
	log   *log
}

// build makes the app, once for all tests.
var build = sync.OnceValues(func() (*sam.App, error) {
	root, err := bundle.Root()
	if err != nil {
		return nil, err
	}
	if built, err = os.MkdirTemp("", "foyer-sam"); err != nil {
		return nil, err
	}
	return sam.Build(context.Background(), root, built)
})

// built is the folder that build makes.
var built string

func TestMain(m *testing.M) {
	code := m.Run()
	if built != "" {
		os.RemoveAll(built)
	}
	os.Exit(code)
}

// newBench builds the app and starts the world. It skips where a tool is missing.
func newBench(t *testing.T) *bench {
	t.Helper()
	needTools(t)
	var err error
	b := &bench{T: t, log: &log{}}
	b.log.report(t)
	if b.app, err = build(); err != nil {
		t.Fatal(err)
	}
	if b.world, err = sam.NewWorld(t.Context(), "../../.."); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.world.Close)
	if b.env, err = b.world.EnvFile(b.app); err != nil {
		t.Fatal(err)
	}
	return b
}

// needTools skips the test when something is missing that SAM needs, and where only quick tests are wanted.
func needTools(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("compiles the whole app and runs it in containers, a minute or more")
	}
	skip.Need(t, "node", "apt-get install nodejs")
	if err := sam.Missing(t.Context()); err != nil {
		skip.Because(t, "%v", err)
	}
}

// log keeps what SAM prints, for the report of a failed test: nothing is asserted on it.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// len returns how many bytes were printed so far.
func (l *log) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Len()
}

// since returns what was printed after the first n bytes, at most the last 6,000 of them.
func (l *log) since(n int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := l.text.String()[n:]
	return text[max(0, len(text)-6000):]
}

// report prints what SAM says from now on if the test fails.
func (l *log) report(t *testing.T) {
	from := l.len()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("SAM says:\n%s", l.since(from))
		}
	})
}
