package web_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"foyer/infra/edge"
	"foyer/infra/topology"
	"foyer/internal/problem"
	"foyer/internal/testkit/gatewaytest"
)

const statusPath = topology.Prefix + "zones/{zone}/status" // answered at the edge

func TestTheDocumentedRoutesAreThoseThatAreDeployed(t *testing.T) {
	want := []string{"GET " + statusPath, "GET /"} // the edge's own, and what stands for every protected path
	for _, f := range topology.Functions {
		for _, r := range f.Routes {
			want = append(want, r.Method+" "+r.Path)
		}
	}
	var got []string
	for path, methods := range gatewaytest.At(t, gatewaytest.OpenAPI(t), "paths").(map[string]any) {
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

func TestTheDocumentedCodesAreThoseOfTheTable(t *testing.T) {
	want := []string{"waiting"} // the edge's 429
	for code := range problem.Codes() {
		want = append(want, string(code))
	}
	got := gatewaytest.Texts(gatewaytest.At(t, gatewaytest.OpenAPI(t),
		"components", "schemas", "Problem", "properties", "code", "enum"))
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Whatever status a bad request gets is documented for its route.
func TestEveryStatusIsDocumented(t *testing.T) {
	paths := gatewaytest.At(t, gatewaytest.OpenAPI(t), "paths")
	s := gatewaytest.New(t)
	for _, h := range gatewaytest.Hostiles(t, "register", "admit", "seats", "checkout", "webhook") {
		if h.Event == "register-connect" {
			continue
		}
		e := s.Request(h.Event, "")
		_, path, _ := strings.Cut(e.RouteKey, " ")
		method := e.RequestContext.HTTP.Method
		responses := gatewaytest.At(t, paths, path, strings.ToLower(method), "responses").(map[string]any)
		if responses[fmt.Sprint(h.Status)] == nil {
			t.Errorf("%s %s: status %d is not documented (%s)", method, path, h.Status, h.Name)
		}
	}
}

func TestTheExampleOfAProblemIsWhatTheCodeWrites(t *testing.T) {
	example := gatewaytest.At(t, gatewaytest.OpenAPI(t),
		"components", "responses", "Problem", "content", "application/problem+json", "example").(map[string]any)
	gatewaytest.RoundTrip(t, "problem", example, &problem.Document{})
	want := problem.Describe(problem.New(problem.Code(example["code"].(string)), ""), "")
	if example["title"] != want.Title || example["status"] != float64(want.Status) {
		t.Errorf("the problem's example says %v, the table %+v", example, want)
	}
}

// values lets the edge function read one zone.
type values map[string]string

func (v values) Get(key string) (string, bool) { text, found := v[key]; return text, found }

func (v values) Len() int { return len(v) }

func TestTheStatusThatIsDocumentedIsWhatTheEdgeAnswers(t *testing.T) {
	code, err := edge.Build(edge.Options{DefaultZone: "main"})
	if err != nil {
		t.Fatal(err)
	}
	key := strings.Repeat("k", 43)
	gate, err := edge.New(
		code,
		values{
			"z.main": `{"v":[1,1],"s":"open","d":0,"so":0,"b":"wait","p":"first-come","o":0,` +
				`"k":[["k1","` + key + `"]],"lk":["l1","` + key + `"],` +
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
	want := gatewaytest.Texts(gatewaytest.At(t, gatewaytest.OpenAPI(t), "components", "schemas", "Status", "required"))
	slices.Sort(want)
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	example := gatewaytest.Example(t, statusPath, "get").(map[string]any)
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(example))); diff != "" {
		t.Errorf("the example: %s", diff)
	}
}

// A client's first step is documented as the edge answers it, member by member.
func TestTheFirstStepIsDocumented(t *testing.T) {
	code, err := edge.Build(edge.Options{DefaultZone: "main"})
	if err != nil {
		t.Fatal(err)
	}
	key := strings.Repeat("k", 43)
	gate, err := edge.New(code, values{
		"z.main": `{"v":[1,1],"s":"open","d":0,"so":0,"b":"wait","p":"first-come","o":0,` +
			`"k":[["k1","` + key + `"]],"lk":["l1","` + key + `"],` +
			`"c":"","w":0,"i":0,"l":-1,"r":[0,0],"t":"","at":1,"se":"","co":""}`,
	}, edge.RunnerOptions{Pool: 1})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/anything", nil)
	r.Header.Set("Accept", "application/json")
	out, err := gate.Handle(t.Context(), edge.NewEvent(r, "r"))
	if err != nil || out.Response == nil || out.Response.StatusCode != 429 {
		t.Fatalf("%+v %v", out, err)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(out.Response.Body), &got); err != nil {
		t.Fatal(err)
	}
	schema := gatewaytest.At(t, gatewaytest.OpenAPI(t), "components", "schemas", "Waiting")
	documented := gatewaytest.At(t, schema, "properties").(map[string]any)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(documented)), slices.Sorted(maps.Keys(got))); diff != "" {
		t.Error(diff)
	}
	for _, name := range gatewaytest.Texts(gatewaytest.At(t, schema, "required")) {
		if _, found := got[name]; !found {
			t.Errorf("%s is required, and isn't answered", name)
		}
	}
}

func TestEveryReferenceInTheDocumentsLeadsSomewhere(t *testing.T) {
	for name, doc := range map[string]map[string]any{
		"openapi": gatewaytest.OpenAPI(t), "asyncapi": gatewaytest.AsyncAPI(t),
	} {
		var walk func(v any)
		walk = func(v any) {
			switch v := v.(type) {
			case map[string]any:
				if ref, ok := v["$ref"].(string); ok {
					gatewaytest.At(t, doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
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

func TestTheSocketsHaveTheAddressAndThePingThatAreDeployed(t *testing.T) {
	doc := gatewaytest.AsyncAPI(t)
	for _, channel := range []string{"waitingRoom", "seatMap"} {
		if address := gatewaytest.At(t, doc, "channels", channel, "address"); address != "/"+topology.SocketStage {
			t.Errorf("%s: address %v", channel, address)
		}
	}
	if got := gatewaytest.At(t, gatewaytest.Payload(t, "ping"), "action"); got != topology.SocketPing {
		t.Errorf("action %v", got)
	}
}
