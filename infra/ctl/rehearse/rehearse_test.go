package rehearse

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"foyer/infra/ctl/cli"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
)

// there is a deployment.
type there struct {
	cli.Parts
	place   cli.Place
	outputs map[string]string
	zones   zone.Store
}

func (t there) Where() cli.Place                { return t.place }
func (t there) Zones() (zone.Store, error)      { return t.zones, nil }
func (t there) Deployed() (cli.Deployed, error) { return cli.Deployed{Outputs: t.outputs}, nil }

// says runs the command.
func says(t *testing.T, at there, words ...string) (out, notes string, err error) {
	t.Helper()
	var c struct {
		Rehearse Rehearse `cmd:""`
	}
	parser, err := kong.New(&c, kong.Exit(func(int) {}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(append([]string{"rehearse"}, words...)); err != nil {
		t.Fatal(err)
	}
	var result, beside bytes.Buffer
	err = c.Rehearse.Run(&cli.App{Ctx: t.Context(), Out: &result, Err: &beside, In: strings.NewReader(""), Now: time.Now,
		Parts: at, JSON: strings.Contains(strings.Join(words, " "), "--dry-run")})
	return result.String(), beside.String(), err
}

// zones is a store with zones in some states.
func zones(t *testing.T) zone.Store {
	store := memroom.New().Zones()
	for name, change := range map[string]func(*zone.Settings){
		"main": func(*zone.Settings) {}, "shut": func(s *zone.Settings) { s.State = zone.Closed },
		"let": func(s *zone.Settings) { s.LetThrough = true }, "drained": func(s *zone.Settings) { s.Capacity = 0 },
	} {
		s := zone.New(name)
		s.State = zone.Open
		change(&s)
		if err := store.SaveSettings(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	return store
}

func staging(t *testing.T) there {
	return there{place: cli.Place{Stage: "staging", Account: "123456789012", Region: "us-east-1"}, zones: zones(t),
		outputs: map[string]string{"FrontDoorUrl": "https://d1.cloudfront.net", "TableZones": "foyer-staging-TableZones-1"}}
}

func TestOnlyARehearsalStageIsATarget(t *testing.T) {
	t.Chdir(t.TempDir())
	production := `origin = "https://shop.example.com"
alarm-email = "ops@example.com"
sale = false
`
	if err := os.WriteFile("foyer.production.toml", []byte(production), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*there)
		door   string // of the local cloud
		url    string
		exit   int
	}{
		"staging":           {func(*there) {}, "", "https://d1.cloudfront.net", 0},
		"production":        {func(at *there) { at.place.Stage = "production" }, "", "", cli.ExitRefused},
		"nothing deployed":  {func(at *there) { at.outputs = nil }, "", "", cli.ExitNotFound},
		"no stage":          {func(at *there) { at.place.Stage = "" }, "", "", cli.ExitNotFound},
		"another's outputs": {func(at *there) { at.outputs["TableZones"] = "foyer-production-Z" }, "", "", cli.ExitRefused},
		"no table":          {func(at *there) { delete(at.outputs, "TableZones") }, "", "", cli.ExitRefused},
		"no front door":     {func(at *there) { delete(at.outputs, "FrontDoorUrl") }, "", "", cli.ExitRefused},
		"a page of it":      {func(at *there) { at.outputs["FrontDoorUrl"] += "/x" }, "", "", cli.ExitRefused},
		"in the clear":      {func(at *there) { at.outputs["FrontDoorUrl"] = "http://a.example" }, "", "", cli.ExitRefused},
		"the local cloud":   {local, "http://127.0.0.1:8080", "http://127.0.0.1:8080", 0},
		"by its name":       {local, "http://localhost:8080/", "http://localhost:8080", 0},
		"a door elsewhere":  {local, "http://shop.example.com", "", cli.ExitRefused},
		"no door":           {local, "", "", cli.ExitRefused},
		"a database of AWS": {func(at *there) { local(at); at.place.At = "https://x.amazonaws.com" }, "http://[::1]:1", "",
			cli.ExitRefused},
		"AWS with its stage": {func(at *there) { at.place.At = "http://127.0.0.1:1" }, "http://127.0.0.1:8080",
			"https://d1.cloudfront.net", 0},
	} {
		t.Setenv(cli.FrontDoorEnv, c.door)
		at := staging(t)
		c.change(&at)
		got, err := prove(&cli.App{Ctx: t.Context(), Parts: at})
		if got.url != c.url || cli.ExitCode(err) != c.exit {
			t.Errorf("%s: %q, exit code %d: %v", name, got.url, cli.ExitCode(err), err)
		}
		if c.exit == 0 && (got.host == "") != got.local {
			t.Errorf("%s: host %q, local: %v", name, got.host, got.local)
		}
	}
}

func TestACrowdHasNoBrowsers(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("foyer.staging.toml", []byte("challenge = true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := prove(&cli.App{Ctx: t.Context(), Parts: staging(t)})
	if cli.ExitCode(err) != cli.ExitRefused || !strings.Contains(err.Error(), "challenge is on") {
		t.Error(err)
	}
}

func local(at *there) { at.outputs, at.place = nil, cli.Place{At: "http://127.0.0.1:1"} }

func TestARehearsalSaysItsPriceAndAsks(t *testing.T) {
	t.Chdir(t.TempDir())
	at := staging(t)
	_, notes, err := says(t, at, "main", "--people", "2000", "--per-second", "50")
	if cli.ExitCode(err) != cli.ExitRefused || !strings.Contains(notes, "it costs some $") ||
		!strings.Contains(notes, "https://d1.cloudfront.net, zone main") {
		t.Errorf("exit code %d, %v: %s", cli.ExitCode(err), err, notes)
	}
	var would cli.Planned
	out, _, err := says(t, at, "main", "--dry-run")
	if err != nil || json.Unmarshal([]byte(out), &would) != nil || !would.Asks ||
		!strings.Contains(would.Would, "send 100 people") {
		t.Errorf("%v: %s", err, out)
	}
	_, notes, _ = says(t, at, "main", "--people", "20000", "--per-second", "500")
	if !strings.Contains(notes, "raise ip-limit") {
		t.Errorf("it says nothing of the firewall: %s", notes)
	}
	for words, exit := range map[string]int{
		"none": cli.ExitNotFound, "shut": cli.ExitRefused, "let": cli.ExitRefused, "drained": cli.ExitRefused,
		"main --people 20001": cli.ExitUsage, "main --people 0": cli.ExitUsage, "main --per-second 501": cli.ExitUsage,
		"main --for 2h": cli.ExitUsage, "main --for 1s": cli.ExitUsage, "main --ramp 11m": cli.ExitUsage,
		"main --stay 0s": cli.ExitUsage, "main --without-socket 2": cli.ExitUsage,
	} {
		if _, _, err := says(t, at, append(strings.Fields(words), "--yes")...); cli.ExitCode(err) != exit {
			t.Errorf("%s: exit code %d, %v", words, cli.ExitCode(err), err)
		}
	}
}

func TestErrorsBelongToALayer(t *testing.T) {
	dial := &net.OpError{Op: "dial", Err: errors.New("refused")}
	wrap := func(err error) error { return &url.Error{Op: "Get", Err: err} }
	for name, c := range map[string]struct {
		err  error
		want Layer // empty: nobody's
	}{
		"gone":        {context.Canceled, ""},
		"name":        {&net.OpError{Op: "dial", Err: &net.DNSError{}}, DNS},
		"refused":     {dial, Network},
		"certificate": {&tls.CertificateVerificationError{Err: errors.New("expired")}, TLS},
		"handshake":   {errors.New("net/http: TLS handshake timeout"), TLS},
		"slow":        {context.DeadlineExceeded, Network},
		"cut":         {errors.New("EOF"), Network},
	} {
		f, is := noAnswer(stepPage, wrap(c.err))
		if f.Layer != c.want || is != (c.want != "") {
			t.Errorf("%s: %+v %v", name, f, is)
		}
	}
	edge := http.Header{"X-Cache": {"FunctionGeneratedResponse from cloudfront"}}
	cdn := http.Header{"Server": {"CloudFront"}}
	for name, c := range map[string]struct {
		step   string
		status int
		header http.Header
		body   string
		want   Layer
	}{
		"fine":               {stepPage, 200, nil, "", ""},
		"to wait":            {stepPage, 429, edge, `{"code":"waiting"}`, ""},
		"the waiting room":   {stepPage, 429, nil, `<html data-phase="loading">`, ""},
		"not called":         {stepEnter, 409, nil, `{"code":"not_called"}`, ""},
		"no map":             {stepMap, 404, nil, `{"code":"not_found"}`, ""},
		"a wrong path":       {stepPage, 400, edge, `{"code":"invalid"}`, Gate},
		"the firewall":       {stepPage, 403, cdn, `<html>Request blocked</html>`, CDN},
		"CloudFront":         {stepPage, 502, nil, `Generated by cloudfront (CloudFront)`, CDN},
		"the quota":          {stepEnter, 429, nil, `{"message":"Too Many Requests"}`, APIGateway},
		"no route":           {stepEnter, 404, nil, `{"message":"Not Found"}`, APIGateway},
		"a crash":            {stepEnter, 500, nil, `{"message":"Internal Server Error"}`, Function},
		"no concurrency":     {stepEnter, 503, nil, `{"message":"Service Unavailable"}`, Function},
		"its own":            {stepEnter, 503, nil, `{"code":"busy","requestId":"1"}`, Function},
		"too many requests":  {stepEnter, 429, cdn, `{"code":"busy"}`, CDN},
		"a socket":           {stepSocket, 429, nil, `{"message":"Too Many Requests"}`, Socket},
		"the site":           {stepPage, 500, http.Header{"X-Cache": {"Error from cloudfront"}}, `<h1>Oops</h1>`, Site},
		"a bare 502 of ours": {stepLeave, 502, nil, ``, CDN},
	} {
		f, is := refusal(c.step, c.status, c.header, []byte(c.body))
		if f.Layer != c.want || is != (c.want != "") {
			t.Errorf("%s: %+v %v", name, f, is)
		}
	}
}

// A front door that lets everybody straight in, and fails a few times.
func TestARehearsalIsReported(t *testing.T) {
	t.Chdir(t.TempDir())
	var failures atomic.Int32
	door := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/":
			_, _ = w.Write([]byte("<h1>The event</h1>"))
		case failures.Add(1) <= 3:
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte(`{"message":"Service Unavailable"}`))
		case !strings.HasSuffix(r.URL.Path, "/leave"):
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer door.Close()
	t.Setenv(cli.FrontDoorEnv, door.URL)
	at := staging(t)
	local(&at)
	out, notes, err := says(t, at, "--people", "20", "--per-second", "100", "--ramp", "0s", "--stay", "1s", "--for", "30s",
		"--yes", "-o", filepath.Join(t.TempDir(), "r.html"))
	if cli.ExitCode(err) != cli.ExitDisagrees || !strings.Contains(notes, "it costs nothing") {
		t.Fatalf("%v: %s", err, notes)
	}
	for _, want := range []string{"20 of 20 people came, 20 entered, 20 left", "page ", "not well: 3 of ",
		"function", "503 Service Unavailable"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q isn't in %s", want, out)
		}
	}
	_, name, _ := strings.Cut(notes, "The report is in ")
	page, err := os.ReadFile(strings.TrimSpace(name))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<h1>Rehearsal of zone main</h1>", "<polyline", "20 entered", "<td>function</td>",
		`name="color-scheme" content="light dark"`, `name="viewport"`} {
		if !strings.Contains(string(page), want) {
			t.Errorf("%q isn't in the report", want)
		}
	}
	for _, never := range []string{"<script", "http://", "ZgotmplZ"} {
		if strings.Contains(string(page), never) {
			t.Errorf("%s is in the report, which is to need nothing else", never)
		}
	}
}
