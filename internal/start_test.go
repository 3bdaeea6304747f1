package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A package's variables are computed at every cold start of every function that links the package. A regular
// expression takes as long as starting a small program does, a template a tenth of that: make it a sync.OnceValue, or
// spell the rule out.
func TestNoFunctionCompilesExpressionsOrTemplatesAtItsStart(t *testing.T) {
	raw, err := exec.Command("go", "list", "-deps", "-f", `{{if not .Standard}}{{.ImportPath}} {{.Dir}}{{end}}`,
		"foyer/functions/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for line := range strings.Lines(string(raw)) {
		name, dir, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !strings.HasPrefix(name, "foyer/") {
			continue
		}
		files, _ := filepath.Glob(filepath.Join(dir, "*.go"))
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			read++
			if at := compiled(t, file); at != "" {
				t.Errorf("%s: the variable %s is compiled at every start", file, at)
			}
		}
	}
	if read < 50 {
		t.Errorf("only %d files were looked at", read)
	}
}

// Since their releases of autumn 2026 the SDK's clients describe every operation and type of their service when the
// process starts: 3,000 objects for DynamoDB, a quarter of a function's init, of which it uses a handful. Before a
// client is raised past that: `go run ./infra/test/bench --only cold` says what it costs; docs/decisions.md why it was
// held.
func TestNoFunctionDescribesWholeServicesAtItsStart(t *testing.T) {
	raw, err := exec.Command("go", "list", "-deps", "foyer/functions/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	clients := 0
	for line := range strings.Lines(string(raw)) {
		name, client := strings.CutPrefix(strings.TrimSpace(line), "github.com/aws/aws-sdk-go-v2/service/")
		if client {
			clients++
		}
		if strings.HasSuffix(name, "/schemas") {
			t.Errorf("the SDK's client of %s describes its whole service at every start", strings.TrimSuffix(name, "/schemas"))
		}
	}
	if clients < 5 {
		t.Errorf("only %d packages of the SDK's clients were looked at", clients)
	}
}

// compilers are the packages that compile texts, by the names that files here use.
var compilers = []string{"regexp", "template", "texttemplate"}

// compiled is a variable of the file whose value needs a regular expression or a template compiled.
func compiled(t *testing.T, file string) (name string) {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range tree.Decls {
		vars, ok := d.(*ast.GenDecl)
		if !ok || vars.Tok != token.VAR {
			continue
		}
		for _, spec := range vars.Specs {
			for _, value := range spec.(*ast.ValueSpec).Values {
				ast.Inspect(value, func(n ast.Node) bool {
					if s, ok := n.(*ast.SelectorExpr); ok {
						if pkg, ok := s.X.(*ast.Ident); ok && slices.Contains(compilers, pkg.Name) {
							name = spec.(*ast.ValueSpec).Names[0].Name
						}
					}
					_, later := n.(*ast.FuncLit) // runs when it is called
					return !later
				})
			}
		}
	}
	return name
}
