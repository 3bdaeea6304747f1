package samtest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"foyer/infra/local"
	"foyer/infra/local/ddb"
	"foyer/infra/samtest"
	"foyer/internal/skip"
)

// bench is what a test under SAM needs: the app, the world and the file with the functions' variables.
type bench struct {
	*testing.T
	app   *samtest.App
	world *samtest.World
	env   string
	log   *log
}

// build makes the app, once for all tests.
var build = sync.OnceValues(func() (*samtest.App, error) {
	root, err := local.Root()
	if err != nil {
		return nil, err
	}
	if built, err = os.MkdirTemp("", "foyer-sam"); err != nil {
		return nil, err
	}
	return samtest.Build(context.Background(), root, built)
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
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("SAM says:\n%s", b.log.tail())
		}
	})
	if err := samtest.EnsureImage(t.Context()); err != nil {
		t.Fatal(err)
	}
	if b.app, err = build(); err != nil {
		t.Fatal(err)
	}
	if b.world, err = samtest.NewWorld(t.Context(), keys(t)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.world.Close)
	if b.env, err = b.world.EnvFile(b.app); err != nil {
		t.Fatal(err)
	}
	return b
}

func needTools(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("compiles the whole app and runs it in containers, a minute or more")
	}
	skip.Need(t, "node", "apt-get install nodejs")
	skip.Need(t, samtest.Program(), "pip install aws-sam-cli==1.170.0, in a virtual environment of its own")
	skip.Need(t, "docker", "apt-get install docker.io")
	if text, err := exec.Command("docker", "version").CombinedOutput(); err != nil {
		skip.Because(t, "docker's daemon does not answer: start it, or set DOCKER_HOST (%s)", lastLine(text))
	}
	if err := ddb.Missing(t.Context()); err != nil {
		skip.Because(t, "%v", err)
	}
}

func lastLine(text []byte) string {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[len(lines)-1]
}

// keys is the secret that the events' tokens were signed with.
func keys(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../testdata/tokens/vectors.json")
	var vectors struct{ Secret json.RawMessage }
	if err == nil {
		err = json.Unmarshal(text, &vectors)
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(vectors.Secret)
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

func (l *log) tail() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := l.text.String()
	return text[max(0, len(text)-6000):]
}
