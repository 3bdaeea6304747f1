package site

import (
	"bytes"
	"compress/gzip"
	"maps"
	"os"
	"strings"
	"sync"
	"testing"

	"foyer/infra/test/browser"
	"foyer/internal/texts"
)

func TestMain(m *testing.M) { os.Exit(browser.Main(m)) }

// Budget of the waiting room's first load, everything but the operator's logo: 14 KB, which is what a server may
// send before the first acknowledgement.
const waitBudget = 14 * 1024

func TestTheWaitingRoomFitsItsBudget(t *testing.T) {
	pages := build(t)
	total := 0
	for _, name := range waitFiles(t, pages) {
		size := gzipped(t, read(t, pages, name))
		t.Logf("%6d bytes gzip  %s", size, name)
		total += size
	}
	t.Logf("%6d bytes gzip in all, of %d", total, waitBudget)
	if total > waitBudget {
		t.Errorf("the waiting room is %d bytes gzip, over its budget of %d", total, waitBudget)
	}
}

func TestPagesAskNobodyElseForAnything(t *testing.T) {
	for name, content := range build(t) {
		text := strings.ReplaceAll(string(content), "http://www.w3.org/", "")
		for _, foreign := range []string{"https://", "http://", "@import"} {
			at := strings.Index(text, foreign)
			if at >= 0 && !strings.HasPrefix(text[at:], "http://localhost:3000 make run") {
				t.Errorf("%s mentions %.60q", name, text[at:])
			}
		}
	}
}

func TestBuildingTwiceGivesTheSameNames(t *testing.T) {
	second, err := Build()
	if err != nil {
		t.Fatal(err)
	}
	a, b := waitFiles(t, build(t)), waitFiles(t, second)
	if strings.Join(a, " ") != strings.Join(b, " ") {
		t.Errorf("first %v, then %v", a, b)
	}
}

func TestOnlyHashedAssetsAreKeptForEver(t *testing.T) {
	for name, want := range map[string]bool{
		"assets/wait-main-0123456789.js": true, "wait/index.html": false, "inside.js": false, "theme.css": false,
	} {
		if got := strings.Contains(CacheControl(name), "immutable"); got != want {
			t.Errorf("%s: %s", name, CacheControl(name))
		}
	}
}

// waitFiles returns what the waiting room's first load asks for.
func waitFiles(t *testing.T, pages Files) []string {
	t.Helper()
	html := string(read(t, pages, WaitPage))
	names := []string{WaitPage}
	for rest := html; ; {
		_, after, found := strings.Cut(rest, `"`+Prefix)
		if !found {
			break
		}
		name, _, _ := strings.Cut(after, `"`)
		names, rest = append(names, name), after
	}
	if len(names) < 4 {
		t.Fatalf("the page names only %v", names)
	}
	return names
}

// language is what pages of tests are built in.
var language = texts.English

// build builds the pages, once for each language.
func build(t testing.TB) Files {
	t.Helper()
	d := language()
	tag, err := d.Text("lang")
	if err != nil {
		t.Fatal(err)
	}
	built.Lock()
	defer built.Unlock()
	if built.pages[tag] == nil {
		if built.pages[tag], err = BuildIn(d); err != nil {
			t.Fatal(err)
		}
	}
	return maps.Clone(built.pages[tag])
}

var built = struct {
	sync.Mutex
	pages map[string]Files
}{pages: map[string]Files{}}

func read(t *testing.T, pages Files, name string) []byte {
	t.Helper()
	content, found := pages[name]
	if !found {
		t.Fatalf("%s isn't built", name)
	}
	return content
}

func gzipped(t *testing.T, content []byte) int {
	t.Helper()
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	w.Write(content)
	w.Close()
	return b.Len()
}

// Budget of the seat map's script with its style, which loads behind the waiting room: 25 KB, and 1 KB for
// a map that grows during a sale without being loaded again.
const seatsBudget = 26 * 1024

func TestTheSeatMapFitsItsBudget(t *testing.T) {
	size := gzipped(t, read(t, build(t), "seats.js"))
	t.Logf("%6d bytes gzip  seats.js, of %d", size, seatsBudget)
	if size > seatsBudget {
		t.Errorf("the seat map is %d bytes gzip, over its budget of %d", size, seatsBudget)
	}
}
