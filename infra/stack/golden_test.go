package stack_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

var update = flag.Bool("update", false, "write the golden template anew")

// volatile matches what may change without the deployment changing in kind: the hashes of what was built.
var volatile = regexp.MustCompile(`[0-9a-f]{64}`)

func TestTheTemplateIsTheGoldenOne(t *testing.T) {
	got := volatile.ReplaceAll(pretty(t, app(t).template), []byte("HASH"))
	file := filepath.Join("testdata", "production.golden.json")
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; write it with go test ./infra/stack -update", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the template differs from %s; look at the difference after go test ./infra/stack -update", file)
	}
}
