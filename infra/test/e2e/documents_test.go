package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"foyer/internal/room/zone"
	"foyer/internal/testkit/gatewaytest"
)

// A client that a generator made of docs/openapi.yaml goes the whole way, and every answer on it is one that the
// document describes, without a member more.
func TestAGeneratedClientWalksTheWholeWay(t *testing.T) {
	t.Parallel()
	up(t)
	h := newHall(t, func(s *zone.Settings) { s.Capacity = 20 })
	h.sells("theatre-300")
	to, err := url.Parse(cloud.URL)
	if err != nil {
		t.Fatal(err)
	}
	answers := &documented{doc: compiled(t, "openapi.json", gatewaytest.OpenAPI(t))}
	front := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(to) },
		ModifyResponse: answers.check,
	})
	defer front.Close()

	module := t.TempDir()
	if err := os.CopyFS(module, os.DirFS("testdata/walk")); err != nil {
		t.Fatal(err)
	}
	document, err := filepath.Abs("../../../docs/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	inModule(t, module, nil, "tool", "ogen", "--target", "api", "--package", "api", "--clean", document)
	inModule(t, module, []string{"URL=" + front.URL, "PAGE=" + h.page()}, "run", ".")
	if len(answers.wrong) > 0 || answers.right < 17 {
		t.Errorf("%d answers as documented; not: %s", answers.right, strings.Join(answers.wrong, "\n"))
	}
}

// inModule runs the go command in a module of its own.
func inModule(t *testing.T, folder string, env []string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir, cmd.Env = folder, append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// documented holds answers to a document.
type documented struct {
	doc   document
	mu    sync.Mutex
	right int
	wrong []string
}

// check is a ReverseProxy's ModifyResponse.
func (d *documented) check(r *http.Response) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	operation := d.doc.path(r.Request.URL.Path) + "/" + strings.ToLower(r.Request.Method)
	err = d.doc.holds(fmt.Sprintf("paths%s/responses/%d", operation, r.StatusCode), kind, body)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil {
		d.wrong = append(d.wrong,
			fmt.Sprintf("%s %s: %d %s: %v", r.Request.Method, r.Request.URL.Path, r.StatusCode, body, err))
		return nil
	}
	d.right++
	return nil
}

// document is a description of an interface, whose schemas allow no member that they don't name.
type document struct {
	name     string
	raw      map[string]any
	compiler *jsonschema.Compiler
	mu       *sync.Mutex
}

func compiled(t *testing.T, name string, raw map[string]any) document {
	t.Helper()
	seal(raw)
	c := jsonschema.NewCompiler()
	if err := c.AddResource(name, raw); err != nil {
		t.Fatal(err)
	}
	return document{name, raw, c, &sync.Mutex{}}
}

// seal adds to every schema of an object with named properties that there are no others.
func seal(v any) {
	switch v := v.(type) {
	case map[string]any:
		if _, named := v["properties"].(map[string]any); named && v["type"] != nil && v["additionalProperties"] == nil {
			v["additionalProperties"] = false
		}
		for _, one := range v {
			seal(one)
		}
	case []any:
		for _, one := range v {
			seal(one)
		}
	}
}

// path is a JSON pointer's part for the template of an address; the first one, of protected pages, for any other.
func (d document) path(address string) string {
	for template := range d.raw["paths"].(map[string]any) {
		pattern := regexp.MustCompile(`\\\{[^}]*\\\}`).ReplaceAllString(regexp.QuoteMeta(template), "[^/]+")
		if regexp.MustCompile("^" + pattern + "$").MatchString(address) {
			return "/" + escaped(template)
		}
	}
	return "/" + escaped("/")
}

func escaped(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// holds checks a body against the schema at the pointer of a response.
func (d document) holds(response, kind string, body []byte) error {
	at := any(d.raw)
	for _, part := range strings.Split(response, "/") {
		at = at.(map[string]any)[strings.NewReplacer("~1", "/", "~0", "~").Replace(part)]
		if at == nil {
			return fmt.Errorf("there is no %s", response)
		}
	}
	if ref, ok := at.(map[string]any)["$ref"].(string); ok {
		return d.holds(strings.TrimPrefix(ref, "#/"), kind, body)
	}
	content := at.(map[string]any)["content"].(map[string]any)
	if content["*/*"] != nil {
		return nil
	}
	if content[kind] == nil {
		return fmt.Errorf("%s isn't documented", kind)
	}
	return d.valid(response+"/content/"+escaped(kind)+"/schema", body)
}

// valid checks a text against the schema at a pointer.
func (d document) valid(pointer string, text []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	schema, err := d.compiler.Compile(d.name + "#/" + pointer)
	if err != nil {
		return err
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	return schema.Validate(v)
}

// Sockets say what docs/asyncapi.yaml describes, in the waiting room and on a map.
func TestSocketsSayWhatIsDocumented(t *testing.T) {
	t.Parallel()
	up(t)
	doc := compiled(t, "asyncapi.json", gatewaytest.AsyncAPI(t))
	h := newHall(t, func(s *zone.Settings) { s.Capacity = 20 })
	h.sells("theatre-300")
	p := h.arrives()
	room := dial(t, "zone="+h.name, "x-foyer-visitor", p.visitor)
	room.says(doc, `{"action":"ping"}`, "pong", "ping")
	turn := room.hears(doc, "turn")
	var called struct{ Ref string }
	if err := json.Unmarshal(turn, &called); err != nil {
		t.Fatal(err)
	}
	if a := p.post("enter", `{"ref":"`+called.Ref+`"}`); a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	hall := dial(t, "zone="+h.name+"&for=map", "x-foyer-access", p.access)
	hall.says(doc, `{"action":"view","sections":["stalls","boxL"]}`, "", "view")
	hall.says(doc, `{"action":"ping"}`, "pong", "ping")
	if a := h.entersAlone().post("seats", `{"best":{"n":2,"section":"stalls"}}`); a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	hall.hears(doc, "seats")

	pauses(t, doc)

	room.says(doc, `{"action":"dance"}`, "", "")
	var refusal struct{ Message, ConnectionID, RequestID, Type string }
	if err := json.Unmarshal(room.next(), &refusal); err != nil || refusal.Message != "Forbidden" ||
		refusal.ConnectionID == "" || refusal.RequestID == "" || refusal.Type != "" {
		t.Errorf("an action unheard of: %+v, %v", refusal, err)
	}
}

// pauses sees that who waits hears of a pause over the socket, long before a page would ask.
func pauses(t *testing.T, doc document) {
	h := newHall(t, func(s *zone.Settings) { s.Capacity = 0 })
	room := dial(t, "zone="+h.name, "x-foyer-visitor", h.joins().visitor)
	room.says(doc, `{"action":"ping"}`, "pong", "ping") // the place is in the queue
	begin := time.Now()
	h.change(func(s *zone.Settings) { s.State = zone.Paused })
	var told struct{ State string }
	if err := json.Unmarshal(room.hears(doc, "status"), &told); err != nil || told.State != "paused" {
		t.Errorf("%+v, %v", told, err)
	}
	t.Logf("heard after %v", time.Since(begin))
}

// socket is a program's.
type socket struct {
	t    *testing.T
	conn *websocket.Conn
}

func dial(t *testing.T, query, header, value string) *socket {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), strings.Replace(cloud.URL, "http", "ws", 1)+"/ws?"+query,
		&websocket.DialOptions{HTTPHeader: http.Header{header: {value}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.CloseNow() })
	return &socket{t, conn}
}

// says sends a message, which is to be one of that name, and hears the answer, unless there is none.
func (s *socket) says(doc document, text, answer, name string) {
	s.t.Helper()
	if name != "" {
		if err := doc.valid("components/messages/"+name+"/payload", []byte(text)); err != nil {
			s.t.Errorf("%s: %v", text, err)
		}
	}
	if err := s.conn.Write(s.t.Context(), websocket.MessageText, []byte(text)); err != nil {
		s.t.Fatal(err)
	}
	if answer != "" {
		s.hears(doc, answer)
	}
}

// hears returns the next message, which is to be one of that name.
func (s *socket) hears(doc document, name string) []byte {
	s.t.Helper()
	text := s.next()
	if err := doc.valid("components/messages/"+name+"/payload", text); err != nil {
		s.t.Errorf("%s: %v", text, err)
	}
	return text
}

func (s *socket) next() []byte {
	s.t.Helper()
	ctx, stop := context.WithTimeout(s.t.Context(), time.Minute)
	defer stop()
	_, text, err := s.conn.Read(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	return text
}
