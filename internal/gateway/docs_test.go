package gateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"foyer/infra/edge"
	"foyer/infra/topology"
	"foyer/internal/problem"
	"foyer/internal/room/notify"
	"foyer/internal/sale/venue"
	"foyer/internal/sale/viewers"
)

func openAPI(t *testing.T) map[string]any  { return readYAML(t, "../../docs/openapi.yaml") }
func asyncAPI(t *testing.T) map[string]any { return readYAML(t, "../../docs/asyncapi.yaml") }

const statusPath = topology.Prefix + "zones/{zone}/status" // answered at the edge

func TestTheDocumentedRoutesAreThoseThatAreDeployed(t *testing.T) {
	want := []string{"GET " + statusPath}
	for _, f := range topology.Functions {
		for _, r := range f.Routes {
			want = append(want, r.Method+" "+r.Path)
		}
	}
	var got []string
	for path, methods := range at(t, openAPI(t), "paths").(map[string]any) {
		for method := range methods.(map[string]any) {
			got = append(got, strings.ToUpper(method)+" "+path)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheHandlersAnswerTheDeployedRoutes(t *testing.T) {
	s := newStage(t)
	for name, all := range map[string]routes{
		"register": s.register.routes(), "admit": s.admit.routes(), "seats": s.sell().routes(),
		"checkout": s.till().routes(), "webhook": s.listener().routes(),
	} {
		var want, got []string
		for _, f := range topology.Functions {
			for _, r := range f.Routes {
				if f.Name == name {
					want = append(want, r.Method+" "+strings.TrimPrefix(strings.TrimPrefix(r.Path, "/foyer/zones/{zone}/"), "/foyer/"))
				}
			}
		}
		for route, methods := range all {
			for method := range methods {
				got = append(got, method+" "+route)
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestTheDocumentedCodesAreThoseOfTheTable(t *testing.T) {
	want := []string{"waiting"} // the edge's 429
	for code := range problem.Codes() {
		want = append(want, string(code))
	}
	got := texts(at(t, openAPI(t), "components", "schemas", "Problem", "properties", "code", "enum"))
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Whatever status a bad request gets is documented for its route.
func TestEveryStatusIsDocumented(t *testing.T) {
	doc := openAPI(t)
	files, _ := filepath.Glob("../../testdata/http/*.json")
	for _, file := range files {
		var h hostile
		raw, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(raw, &h)
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Event == "register-connect" {
			continue
		}
		e := newStage(t).request(h.Event)
		_, path, _ := strings.Cut(e.RouteKey, " ")
		responses := at(t, doc, "paths", path, strings.ToLower(e.RequestContext.HTTP.Method), "responses").(map[string]any)
		if responses[fmt.Sprint(h.Status)] == nil {
			t.Errorf(
				"%s %s: status %d is not documented (%s)",
				e.RequestContext.HTTP.Method,
				path,
				h.Status,
				filepath.Base(file),
			)
		}
	}
}

// example gives the example of a 200.
func example(t *testing.T, path, method string) any {
	return at(t, openAPI(t), "paths", path, method, "responses", "200", "content", "application/json", "example")
}

func TestTheExamplesAreWhatTheCodeReadsAndWrites(t *testing.T) {
	const zones = "/foyer/zones/{zone}/"
	var claim struct {
		Ref string `json:"ref"`
	}
	doc := openAPI(t)
	for name, c := range map[string]struct{ example, into any }{
		"place":    {example(t, zones+"register", "post"), &registered{}},
		"inside":   {example(t, zones+"enter", "post"), &entered{}},
		"left":     {example(t, zones+"leave", "post"), &leaveAnswer{}},
		"claim":    {at(t, doc, "paths", zones+"enter", "post", "requestBody", "content", "application/json", "example"), &claim},
		"overview": {example(t, zones+"map", "get"), &venue.Overview{}},
		"section":  {example(t, zones+"map/{section}", "get"), &venue.Section{}},
		"counted":  {example(t, zones+"sections", "get"), &counted{}},
		"snapshot": {example(t, zones+"sections/{section}", "get"), &picture{}},
		"held":     {example(t, zones+"seats", "get"), &held{}},
		"chosen":   {example(t, zones+"seats", "post"), &held{}},
		"wanted":   {at(t, doc, "paths", zones+"seats", "post", "requestBody", "content", "application/json", "example"), &wanted{}},
		"nothing":  {at(t, doc, "paths", zones+"leave", "post", "requestBody", "content", "application/json", "example"), &struct{}{}},
		"problem":  {at(t, doc, "components", "responses", "Problem", "content", "application/problem+json", "example"), &problem.Document{}},
	} {
		roundTrip(t, name, c.example, c.into)
	}
	problemExample := at(t, doc, "components", "responses", "Problem", "content", "application/problem+json", "example").(map[string]any)
	want := problem.Describe(problem.New(problem.Code(problemExample["code"].(string)), ""), "")
	if problemExample["title"] != want.Title || problemExample["status"] != float64(want.Status) {
		t.Errorf("the problem's example says %v, the table %+v", problemExample, want)
	}
}

// roundTrip decodes an example strictly and writes it again: nothing may be lost or unknown.
func roundTrip(t *testing.T, name string, example, into any) {
	t.Helper()
	raw, err := json.Marshal(example)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	again, _ := json.Marshal(into)
	var back any
	_ = json.Unmarshal(again, &back)
	if diff := cmp.Diff(example, back); diff != "" {
		t.Errorf("%s: %s", name, diff)
	}
}

// values lets the edge function read one zone.
type values map[string]string

func (v values) Get(key string) (string, bool) { text, found := v[key]; return text, found }

func TestTheStatusThatIsDocumentedIsWhatTheEdgeAnswers(t *testing.T) {
	code, err := edge.Build(edge.Options{DefaultZone: "main"})
	if err != nil {
		t.Fatal(err)
	}
	key := strings.Repeat("k", 43)
	gate, err := edge.New(
		code,
		values{
			"z.main": `{"v":[1,1],"s":"open","d":0,"so":0,"b":"wait","p":"first-come","o":0,"k":[["k1","` + key + `","` + key + `","` + key + `"]],` +
				`"c":"","w":0,"i":0,"l":-1,"r":[0,0],"t":"","at":1,"se":"","co":""}`,
		},
		edge.RunnerOptions{Pool: 1},
	)
	if err != nil {
		t.Fatal(err)
	}
	out, err := gate.Handle(
		t.Context(),
		edge.NewEvent(httptest.NewRequest("GET", strings.Replace(statusPath, "{zone}", "main", 1), nil), "r"),
	)
	if err != nil || out.Response == nil {
		t.Fatalf("%+v %v", out, err)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(out.Response.Body), &got); err != nil {
		t.Fatalf("%v: %s", err, out.Response.Body)
	}
	names := slices.Sorted(maps.Keys(got))
	want := texts(at(t, openAPI(t), "components", "schemas", "Status", "required"))
	slices.Sort(want)
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(example(t, statusPath, "get").(map[string]any)))); diff != "" {
		t.Errorf("the example: %s", diff)
	}
}

func TestEveryReferenceInTheDocumentsLeadsSomewhere(t *testing.T) {
	for name, doc := range map[string]map[string]any{"openapi": openAPI(t), "asyncapi": asyncAPI(t)} {
		var walk func(v any)
		walk = func(v any) {
			switch v := v.(type) {
			case map[string]any:
				if ref, ok := v["$ref"].(string); ok {
					at(t, doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
				}
				for _, one := range v {
					walk(one)
				}
			case []any:
				for _, one := range v {
					walk(one)
				}
			}
		}
		t.Run(name, func(t *testing.T) { walk(doc) })
	}
}

func TestTheSocketsMessagesAreThoseOfTheCode(t *testing.T) {
	doc := asyncAPI(t)
	for _, channel := range []string{"waitingRoom", "seatMap"} {
		if address := at(t, doc, "channels", channel, "address"); address != "/"+topology.SocketStage {
			t.Errorf("%s: address %v", channel, address)
		}
	}
	messages := at(t, doc, "components", "messages")
	payload := func(name string) any {
		return at(t, at(t, messages, name).(map[string]any)["examples"].([]any)[0], "payload")
	}
	roundTrip(t, "turn", payload("turn"), &notify.Turn{})
	roundTrip(t, "view", payload("view"), &viewed{})
	roundTrip(t, "seats", payload("seats"), &viewers.SeatsMessage{})
	roundTrip(t, "snapshot", payload("snapshot"), &viewers.SnapshotMessage{})
	if got := at(t, messages, "view", "payload", "properties", "sections", "maxItems"); got != float64(
		viewers.MaxSections,
	) {
		t.Errorf("maxItems %v", got)
	}
	if got := at(t, payload("view"), "action"); got != topology.SocketView {
		t.Errorf("action %v", got)
	}
	if got := at(t, payload("turn"), "type"); got != "turn" {
		t.Errorf("type %v", got)
	}
	if got := at(t, payload("ping"), "action"); got != topology.SocketPing {
		t.Errorf("action %v", got)
	}
	if got := at(t, messages, "turn", "payload", "required"); !cmp.Equal(
		texts(got),
		[]string{"type", "zone", "ref", "until"},
	) {
		t.Errorf("required %v", got)
	}
}
