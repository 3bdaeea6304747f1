package internal_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// law says what each part of the module may import of the module, besides itself: a part that isn't named mayn't be
// imported. A package belongs to the longest prefix of its path that stands here.
var law = map[string][]string{
	"internal/problem":   {},
	"internal/printable": {},
	"internal/cache":     {},
	"internal/parallel":  {},
	"internal/texts":     {}, // what people read, which pages and mails share
	"internal/room": {"internal/problem", "internal/printable", "internal/cache", "internal/parallel",
		"internal/texts"},
	"internal/sale": {"internal/problem", "internal/printable", "internal/cache", "internal/parallel", "internal/room",
		"internal/sale/currency", "internal/texts"},
	"internal/sale/currency": {}, // a table, which the stand-in of the payment provider goes by as well
	"internal/plan":          {"internal/problem", "internal/room", "internal/sale"},
	"internal/store":         {"internal/problem", "internal/room", "internal/sale", "infra/topology"},
	"internal/aws":           {"internal/problem", "internal/cache", "internal/room", "internal/sale"},
	"internal/boot":          {"internal/room", "internal/sale", "internal/store", "internal/aws", "infra/topology"},
	"internal/testkit": {
		"internal/problem", "internal/room", "internal/sale", "internal/store", "internal/aws", "internal/boot",
		"internal/gateway/web", "infra/topology", "infra/local",
	},
	"functions": {
		"internal/room", "internal/sale", "internal/store", "internal/aws", "internal/boot", "infra/topology",
		"internal/gateway/room", "internal/gateway/sale", "internal/gateway/web",
	},

	// The waiting room's handlers never import the sale, nor does what they share with the sale's.
	"internal/aws/metrics":      {"internal/room"},
	"internal/gateway/deadline": {},
	"internal/gateway/feed":     {},
	"internal/gateway/web": {
		"internal/gateway/deadline", "internal/problem", "internal/room", "internal/aws/metrics", "infra/topology",
	},
	"internal/gateway/room": {
		"internal/gateway/deadline", "internal/gateway/feed", "internal/gateway/web", "internal/parallel",
		"internal/problem", "internal/room", "internal/aws/metrics",
	},
	"internal/gateway/sale": {
		"internal/gateway/deadline", "internal/gateway/feed", "internal/gateway/web", "internal/parallel",
		"internal/problem", "internal/room", "internal/sale", "internal/aws/metrics",
	},

	// What exists, and what deploys it. infra is the command of the CDK app.
	"infra/topology": {},
	"infra/edge":     {"infra/topology", "internal/room", "internal/texts"},
	"infra/site":     {"infra/topology", "internal/texts"},
	"infra/bundle":   {"infra/topology", "infra/edge", "infra/site"},
	"infra/stage":    {"infra/topology", "internal/aws", "internal/sale"},
	"infra/stack": {
		"infra/topology", "infra/stage", "infra/site", "internal/aws", "internal/sale", "internal/texts",
	},
	"infra": {"infra/stack", "infra/stage", "infra/bundle"},

	// The operators' command. Commands for different people know nothing of one another.
	"infra/ctl": {"infra/ctl", "internal/problem"},
	"infra/ctl/cli": {
		"infra/stage", "internal/problem", "internal/room", "internal/sale", "internal/store", "internal/aws",
	},
	"infra/ctl/zones": {"infra/ctl/cli", "infra/topology", "internal/problem", "internal/room", "internal/sale"},
	"infra/ctl/office": {"infra/ctl/cli", "infra/topology", "internal/problem", "internal/sale", "internal/aws",
		"internal/texts"},
	"infra/ctl/deploy": {
		"infra/ctl/cli", "infra/topology", "infra/stage", "internal/problem", "internal/room", "internal/sale",
		"internal/plan",
	},
	"infra/ctl/rehearse": {
		"infra/ctl/cli", "infra/topology", "infra/stage", "infra/demo", "internal/problem", "internal/room", "internal/plan",
	},

	// What plays the cloud on one machine, each service by itself; the demo; tests and tools.
	"infra/local": {
		"infra/local", "infra/topology", "infra/edge", "infra/site", "infra/bundle", "internal/sale", "internal/store",
		"internal/aws",
	},
	"infra/local/aws":               {},
	"infra/local/apigw":             {"infra/topology", "infra/local/aws"},
	"infra/local/calls":             {"infra/topology"},
	"infra/local/cdn":               {"infra/topology", "infra/local/aws", "infra/edge", "internal/problem"},
	"infra/local/child":             {},
	"infra/local/ddb":               {"infra/local/child", "infra/local/maven"},
	"infra/local/kvs":               {},
	"infra/local/lambda":            {"infra/topology", "infra/local/aws", "infra/local/child"},
	"infra/local/lambda/lambdatest": {"infra/bundle"},
	"infra/local/maven":             {"infra/local/child"},
	"infra/local/pg":                {"infra/local/child", "infra/local/maven"},
	"infra/local/secrets":           {"infra/local/aws"},
	"infra/local/ses":               {},
	"infra/local/sqs":               {"infra/topology", "infra/local/aws"},
	"infra/local/streams":           {"infra/topology", "infra/local/aws", "internal/aws"},
	"infra/local/stripe":            {"infra/local/aws", "internal/sale/currency"},
	"infra/demo": {
		"infra/topology", "infra/bundle", "infra/edge", "infra/local", "internal/problem", "internal/room", "internal/sale",
		"internal/store", "internal/aws",
	},
	"infra/test": {"infra", "internal"},
}

// decides is the part of the module that decides. It gets time, randomness and a log from its callers.
var decides = []string{"internal/problem", "internal/printable", "internal/cache", "internal/parallel",
	"internal/room", "internal/sale", "internal/sale/currency", "internal/texts"}

// outside is what the deciding packages mayn't import: AWS, loggers, randomness, the process's environment.
var outside = []string{"github.com/aws", "log", "math/rand", "crypto/rand", "os"}

// clocks are the functions of package time that ask the machine's clock or wait for it.
var clocks = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}

// within reports whether the path is prefix or lies below it.
func within(path, prefix string) bool { return path == prefix || strings.HasPrefix(path, prefix+"/") }

// part returns the longest prefix of the path that stands in the law; empty for none.
func part(path string) (longest string) {
	for prefix := range law {
		if within(path, prefix) && len(prefix) > len(longest) {
			longest = prefix
		}
	}
	return longest
}

// breach returns what is wrong with pkg importing imported, both as go list names them; empty for nothing.
func breach(pkg, imported string) string {
	from := part(strings.TrimPrefix(pkg, "foyer/"))
	if own, ok := strings.CutPrefix(imported, "foyer/"); ok {
		to := part(own)
		allowed := from == to || slices.ContainsFunc(law[from], func(prefix string) bool { return within(to, prefix) })
		if from == "" || to == "" || !allowed {
			return fmt.Sprintf("%s may not import %s", pkg, imported)
		}
		return ""
	}
	forbidden := slices.ContainsFunc(outside, func(prefix string) bool { return within(imported, prefix) })
	if forbidden && slices.Contains(decides, from) {
		return fmt.Sprintf("%s decides, and may not import %s", pkg, imported)
	}
	return ""
}

// clock returns the first use of the machine's clock in a file; empty for none. A function that is only handed on,
// such as time.Now as a field's value, is a use as well.
func clock(file *ast.File) (use string) {
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && use == "" {
			if pkg, ok := s.X.(*ast.Ident); ok && pkg.Name == "time" && slices.Contains(clocks, s.Sel.Name) {
				use = "time." + s.Sel.Name
			}
		}
		return use == ""
	})
	return use
}

func TestTheLawHolds(t *testing.T) {
	const format = `{{.ImportPath}} {{.Dir}} {{join .GoFiles ","}}{{range .Imports}} {{.}}{{end}}`
	raw, err := exec.Command("go", "list", "-f", format, "foyer/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := 0
	for line := range strings.Lines(string(raw)) {
		words := strings.Fields(line)
		pkg, dir := words[0], words[1]
		if len(words) < 3 {
			continue // only tests
		}
		packages++
		for _, imported := range words[3:] {
			if wrong := breach(pkg, imported); wrong != "" {
				t.Error(wrong)
			}
		}
		if !slices.Contains(decides, part(strings.TrimPrefix(pkg, "foyer/"))) {
			continue
		}
		for _, name := range strings.Split(words[2], ",") {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			if use := clock(file); use != "" {
				t.Errorf("%s/%s decides, and may not use %s", pkg, name, use)
			}
		}
	}
	if packages < 80 {
		t.Errorf("only %d packages were looked at", packages)
	}
}

// Each rule of the law, broken once.
func TestTheLawFindsWhatBreaksIt(t *testing.T) {
	for prefix, allowed := range law {
		for other := range law {
			may := other == prefix || slices.ContainsFunc(allowed, func(a string) bool { return within(other, a) })
			if got := breach("foyer/"+prefix+"/x", "foyer/"+other+"/y"); (got == "") != may && part(other+"/y") == other {
				t.Errorf("%s imports %s: %q", prefix, other, got)
			}
		}
	}
	for _, prefix := range decides {
		for _, imported := range append(slices.Clone(outside), "github.com/aws/aws-sdk-go-v2/aws", "log/slog",
			"math/rand/v2") {
			if breach("foyer/"+prefix, imported) == "" {
				t.Errorf("%s may import %s", prefix, imported)
			}
		}
	}
	if breach("foyer/internal/aws/live", "github.com/aws/aws-sdk-go-v2/aws") != "" ||
		breach("foyer/internal/room/zone", "logic") != "" {
		t.Error("what is allowed is refused")
	}
	if breach("foyer/internal/elsewhere", "foyer/internal/problem") == "" ||
		breach("foyer/infra/ctl", "foyer/elsewhere") == "" {
		t.Error("a package that the law doesn't know may import and be imported")
	}
	for _, name := range clocks {
		for _, source := range []string{"var now = time." + name, "func f() { g(time." + name + "(1)) }"} {
			file, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\n"+source, 0)
			if err != nil || clock(file) == "" {
				t.Errorf("%q goes unseen: %v", source, err)
			}
		}
	}
	file, _ := parser.ParseFile(token.NewFileSet(), "x.go", "package x\nvar d = time.Second + clock.Now()", 0)
	if use := clock(file); use != "" {
		t.Errorf("a duration is taken for %s", use)
	}
}
