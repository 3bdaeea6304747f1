// Package embed_test runs every command and snippet of docs/embed.md, before a site of its own in a cloud of its own.
package embed_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	site "foyer/docs/embed/go"
	"foyer/infra/local"
	"foyer/infra/local/ddb"
	"foyer/infra/stage"
	"foyer/infra/test/browser"
	"foyer/internal/testkit/dynamotest"
	"foyer/internal/testkit/skip"
)

func TestMain(m *testing.M) { dynamotest.Main(m) }

// block is a fenced part of the page.
type block struct{ section, kind, text string }

var fence = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$|^## (.*?)$")

func blocks(t *testing.T) (all []block) {
	t.Helper()
	page, err := os.ReadFile("../../../docs/embed.md")
	if err != nil {
		t.Fatal(err)
	}
	section := ""
	for _, m := range fence.FindAllStringSubmatch(string(page), -1) {
		if m[3] != "" {
			section = m[3]
			continue
		}
		all = append(all, block{section, m[1], m[2]})
	}
	return all
}

// Of each section, what its commands print; in the order in which they can run: a zone main, once made, is every path.
var printed = []struct {
	section string
	lines   []string // patterns
}{
	{"Some paths only, and several hosts", []string{`"code":"waiting".*"zone":"tour"`, `your page /about`}},
	{"CloudFront in front of a whole site", []string{`"code":"waiting".*"zone":"main".*"state":"open"`}},
	{"A native app", []string{`"registeredAt":\d+`, `true`, `your page /`}},
	{"Proof of who comes in", []string{`(?m)^[\w-]{43}$`}},
	{"What your servers can say and ask", []string{`"alive":true,"state":"inside"`, `"alive":false,"state":"left"`}},
}

func TestThePageIsTrue(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the whole cloud: run without -short")
	}
	if err := ddb.Missing(t.Context()); err != nil {
		skip.Because(t, "%v", err)
	}
	for _, tool := range []string{"bash", "curl", "jq"} {
		skip.Need(t, tool, "apt-get install "+tool)
	}
	all := blocks(t)
	s := newShop(t, all)
	seen := map[block]bool{}
	for _, p := range printed {
		for _, b := range all {
			switch {
			case b.section != p.section || b.kind != "sh":
			case strings.HasPrefix(b.text, "make deploy"):
				seen[b] = true
				deploys(t, b.text)
			default:
				seen[b] = true
				s.runs(b, p.lines)
			}
		}
	}
	s.knowsVisitors()
	for _, b := range all {
		if !seen[b] && b.kind != "html" && b.kind != "js" {
			t.Errorf("%s: nothing runs this:\n%s", b.section, b.text)
		}
	}
	t.Run("in a browser", s.inABrowser)
}

// deploys checks what a deployment is asked for. It can't be made here: it needs an account of AWS.
func deploys(t *testing.T, text string) {
	t.Helper()
	asked := map[string]string{}
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\\\n", ""), `"`, " ")
	words := strings.Fields(text)
	for i, word := range words {
		if word == "-c" {
			key, value, _ := strings.Cut(words[i+1], "=")
			asked[key] = value
		}
	}
	if _, err := stage.FromContext(func(key string) string { return asked[key] }); err != nil || len(asked) < 4 {
		t.Errorf("%v: %v", asked, err)
	}
}

// shop is a site behind Foyer, and a shell beside it.
type shop struct {
	*testing.T
	cloud    *local.Cloud
	folder   string
	operator string // lines for the shell
	snippets string

	mu        sync.Mutex
	visit     string // of the last visitor
	statement string
	visitor   string
}

func newShop(t *testing.T, all []block) *shop {
	t.Helper()
	s := &shop{T: t, folder: t.TempDir()}
	for _, b := range all {
		switch b.kind {
		case "html":
			s.snippets += b.text
		case "js":
			s.snippets += "<script>" + b.text + "</script>"
		}
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	cloud, err := local.Up(t.Context(), local.Options{
		Prefix: fmt.Sprintf("embed-%d-", time.Now().UnixNano()), Origin: server.URL, Progress: os.Stderr,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cloud.Down)
	s.cloud = cloud
	if s.operator, err = cloud.Operator(); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "build", "-o", s.folder+"/foyerctl", "foyer/infra/ctl").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return s
}

// ServeHTTP is the site: it answers what it is, and remembers who came.
func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if visit := r.Header.Get("X-Foyer-Visit"); visit != "" {
		s.visit, s.visitor = visit, r.Header.Get("X-Foyer-Visitor-Id")
		s.statement = r.Header.Get("X-Foyer-Statement")
	}
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		fmt.Fprintln(w, "your page "+r.URL.Path)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintln(w, "<!doctype html><title>The shop</title>"+s.snippets)
}

// runs runs a block in a shell that keeps its variables, and looks for what it is to print. What the edge hears within
// seconds is asked for again.
func (s *shop) runs(b block, want []string) {
	s.Helper()
	out := s.shell(b.text)
	asks := regexp.MustCompile(`(?m)^curl .*$`).FindAllString(b.text, -1)
	for end := time.Now().Add(30 * time.Second); !s.said(out, want) && time.Now().Before(end) && asks != nil; {
		time.Sleep(500 * time.Millisecond)
		if strings.Contains(b.text, "\\\n") { // its commands aren't lines
			break
		}
		out = s.shell(strings.Join(asks, "\n"))
	}
	if !s.said(out, want) {
		s.Errorf("%s: printed\n%s\nwant %q", b.section, out, want)
	}
}

func (s *shop) said(out string, want []string) bool {
	for _, pattern := range want {
		at := regexp.MustCompile(pattern).FindStringIndex(out)
		if at == nil {
			return false
		}
		out = out[at[1]:]
	}
	return true
}

func (s *shop) shell(text string) string {
	s.Helper()
	s.mu.Lock()
	visit := s.visit
	s.mu.Unlock()
	script := s.operator + "cd '" + s.folder + "'\n" + `
[ ! -e vars ] || . ./vars
VISIT='` + visit + `' SECRET='` + s.cloud.Sent(local.SiteSecretID) + `'
foyerctl() { # answers what is asked of an operator
	case "$1 $2" in "zone create" | "zone open" | "rules set") set -- "$@" --yes ;; esac
	./foyerctl "$@"
}
sleep() { command sleep 1; }
` + strings.ReplaceAll(text, "https://sale.example.com", s.cloud.URL) + `
declare -p SITE TOKEN ACCESS >vars 2>/dev/null || true
`
	cmd := exec.CommandContext(s.Context(), "bash", "-euo", "pipefail", "-c", script)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		s.Fatalf("%v\n%s\n%s", err, text, &out)
	}
	return out.String()
}

// knowsVisitors checks that the site was told who came, as the sample for it understands.
func (s *shop) knowsVisitors() {
	s.Helper()
	key := strings.TrimSpace(s.shell("foyerctl statement-key main"))
	s.mu.Lock()
	defer s.mu.Unlock()
	if got := site.VisitorOf(s.statement, "main", key, time.Now()); got == "" || got != s.visitor {
		s.Errorf("the site was told of %q, signed of %q", s.visitor, got)
	}
}

func (s *shop) inABrowser(t *testing.T) {
	tab := browser.Start(t).Visitor(t)
	tab.Open(s.cloud.URL + "/")
	tab.Until(`document.title === 'The shop' && window.foyer && foyer.version === 1 && foyer.endsIn > 0`)
	if got := browser.Eval[int](tab, `call('/api/basket', {method: 'POST'}).then((a) => a.status)`); got != 200 {
		t.Errorf("a call of a live visit: %d", got)
	}
	browser.Eval[bool](tab, `foyer.leave()`)
	browser.Eval[any](tab, `void (window.kept = true, call('/api/basket'))`)
	tab.Until(`window.kept === undefined && window.foyer`)
}

// The samples that the page names are there.
func TestTheSamplesAreThere(t *testing.T) {
	page, err := os.ReadFile("../../../docs/embed.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`\]\((embed/[\w/.]+)\)`).FindAllStringSubmatch(string(page), -1)
	for _, m := range named {
		if _, err := os.Stat(filepath.Join("../../../docs", m[1])); err != nil {
			t.Error(err)
		}
	}
	if len(named) < 10 {
		t.Errorf("only %d are named", len(named))
	}
}
