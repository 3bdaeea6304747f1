package census_test

import (
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/dop251/goja"

	"foyer/internal/room/census"
	"foyer/internal/room/queue"
)

var update = flag.Bool("update", false, "write testdata/census anew")

const (
	vectorsDir = "../../../testdata/census"
	siteDir    = "../../../infra/site"
)

// modules matches what a script, which is all that goja reads, has no words for.
var modules = regexp.MustCompile(`(?m)^import .*$|^export `)

// A vector is a packed census and what both languages must read from it.
type vector struct {
	Name     string          `json:"name"`
	Knots    string          `json:"knots"`
	Total    int             `json:"total"`
	Called   string          `json:"called"`
	Visitors []vectorVisitor `json:"visitors"`
}

type vectorVisitor struct {
	Key   string `json:"key"`
	Below int    `json:"below"`
	UpTo  int    `json:"upTo"`
	Place int    `json:"place"`
}

func newVector(name string, keys []queue.Key, called int) vector {
	knots := census.Fit(positions(keys))
	v := vector{Name: name, Knots: knots.Pack(), Total: len(keys)}
	var upTo queue.Key
	if called > 0 {
		upTo = keys[called-1]
		v.Called = upTo.String()
	}
	ask := []queue.Key{keyAt(0), keyAt(1), keyAt(1 << 63), keyAt(1<<64 - 1)}
	for i := 0; i < len(keys); i += 1 + len(keys)/20 {
		ask = append(ask, keys[i], keyAt(census.Position(keys[i])+1))
	}
	r := rand.New(rand.NewPCG(1, 1))
	for range 5 {
		ask = append(ask, keyAt(r.Uint64()))
	}
	for _, key := range ask {
		v.Visitors = append(
			v.Visitors,
			vectorVisitor{key.String(), knots.Below(key), knots.UpTo(key), knots.Place(key, upTo)},
		)
	}
	return v
}

func vectorFiles() map[string]vector {
	all := map[string]vector{
		"nobody.json":     newVector("nobody waits", nil, 0),
		"few.json":        newVector("a few, three called", crowds[0].keys(5, 12), 3),
		"sixty-draw.json": newVector("sixty of a draw, one called", crowds[7].keys(5, 60), 1),
		"burst.json":      newVector("ten thousand, 80 % within one second", crowds[1].keys(5, 10_000), 500),
		"draw.json":       newVector("ten thousand of a draw and late-comers", crowds[8].keys(5, 10_000), 0),
		"invited.json":    newVector("a hundred thousand, some invited", crowds[9].keys(5, 100_000), 1000),
		"spite.json":      newVector("forty bursts of a millisecond", spiteful(40).keys(5, 10_000), 10),
	}
	// Half of the keys: goja's Number() of a BigInt over 63 bits is wrong. Browsers' and Node's is right.
	ends := census.Knots{{At: 0, Below: 0}, {At: 1<<63 - 1, Below: 1_000_000}}
	edge := newVector("from the first key to the last of priority 7", nil, 0)
	edge.Knots, edge.Total = ends.Pack(), ends.Total()
	for i, v := range edge.Visitors {
		key, _ := queue.ParseKey(v.Key)
		edge.Visitors[i] = vectorVisitor{v.Key, ends.Below(key), ends.UpTo(key), ends.Place(key, queue.Key{})}
	}
	all["ends.json"] = edge
	return all
}

func TestVectorsAreWhatGoSays(t *testing.T) {
	for file, v := range vectorFiles() {
		want, err := json.MarshalIndent(v, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(vectorsDir, file)
		if *update {
			if err := os.WriteFile(path, append(want, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want)+"\n" {
			t.Errorf("%s is not what Go says; if that is meant: go test ./internal/room/census -update", file)
		}
	}
}

// places runs the waiting room's place.js and what it imports, with the one thing of a browser that they use.
func places(t *testing.T) *goja.Runtime {
	t.Helper()
	vm := goja.New()
	if err := vm.Set("atob", atob); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"shared/places.js", "wait/place.js"} {
		source, err := os.ReadFile(filepath.Join(siteDir, file))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := vm.RunString(modules.ReplaceAllString(string(source), "")); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
	return vm
}

func TestThePageReadsTheVectorsAsGoDoes(t *testing.T) {
	vm := places(t)
	check, err := vm.RunString(`(text) => {
		const v = JSON.parse(text), census = {at: 2, total: v.total, knots: v.knots}, wrong = [];
		for (const {key, below, upTo, place: expected} of v.visitors) {
			const {ahead} = placeOf({census, called: v.called, you: {arrivedAt: 1}}, key);
			const got = [countBelow(census, key), countUpTo(census, key), ahead + 1];
			const zero = /^0*$/.test(key); // the zero key is nobody's
			const same = got[0] === below && (zero || got[1] === upTo) && got[2] === expected;
			if (!same) wrong.push([key, got, [below, upTo, expected]]);
		}
		return JSON.stringify(wrong);
	}`)
	if err != nil {
		t.Fatal(err)
	}
	call, _ := goja.AssertFunction(check)
	files, _ := filepath.Glob(vectorsDir + "/*.json")
	if len(files) < 8 {
		t.Fatalf("only %d vector files", len(files))
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		wrong, err := call(goja.Undefined(), vm.ToValue(string(raw)))
		if err != nil || wrong.String() != "[]" {
			t.Errorf("%s: %v: key, page, Go: %v", filepath.Base(file), err, wrong)
		}
	}
}
