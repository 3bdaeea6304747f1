package policy_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"foyer/infra/topology"
)

const root = "../../.."

// What the topology declares is built, deployed and run locally from that declaration; so a folder that isn't in it
// would be code that nobody runs.
func TestEveryFunctionsFolderIsDeclaredAndTheOtherWayRound(t *testing.T) {
	var folders, declared []string
	entries, err := os.ReadDir(filepath.Join(root, "functions"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		folders = append(folders, e.Name())
	}
	for _, f := range topology.Functions {
		declared = append(declared, f.Name)
	}
	slices.Sort(declared)
	if diff := cmp.Diff(folders, declared); diff != "" {
		t.Errorf("(-folders of functions/ +topology)\n%s", diff)
	}
}

// Each function's own test holds that its wiring asks for exactly the variables that it is given. That proves
// something only as long as nothing else reads the environment.
func TestTheEnvironmentIsReadByBootOnly(t *testing.T) {
	found := 0
	for _, dir := range []string{"functions", "internal"} {
		walk(t, filepath.Join(root, dir), func(file string, tree *ast.File) {
			handed := map[ast.Node]bool{} // wire(os.Getenv)
			ast.Inspect(tree, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if ok && dir == "functions" && isWire(call.Fun) && len(call.Args) == 1 {
					handed[call.Args[0]] = true
				}
				if name := of(n, "os"); slices.Contains([]string{"Getenv", "LookupEnv", "Environ", "ExpandEnv"}, name) {
					if found++; !handed[n] && !excused[strings.TrimPrefix(filepath.ToSlash(file), root+"/")] {
						t.Errorf("%s reads the environment by os.%s: let internal/boot ask for the variable, so that it is declared",
							file, name)
					}
				}
				return true
			})
		})
	}
	if found < len(topology.Functions) {
		t.Errorf("saw the environment read %d times, fewer than there are functions: this test looks past them", found)
	}
}

// excused are helpers of tests, which no function links.
var excused = map[string]bool{"internal/testkit/skip/skip.go": true}

func isWire(fn ast.Expr) bool {
	id, ok := fn.(*ast.Ident)
	return ok && id.Name == "wire"
}

// walk parses every Go file below dir that is no test.
func walk(t *testing.T, dir string, visit func(file string, tree *ast.File)) {
	t.Helper()
	err := filepath.WalkDir(dir, func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return err
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err == nil {
			visit(file, tree)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// of is the name selected from a package; empty when n is something else.
func of(n ast.Node, pkg string) string {
	s, ok := n.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	if x, ok := s.X.(*ast.Ident); !ok || x.Name != pkg {
		return ""
	}
	return s.Sel.Name
}

// Deployed and given its environment, by the synthesized template.
func TestEveryFunctionIsDeployedWithItsEnvironment(t *testing.T) {
	tpl := synthesized(t)
	for _, f := range topology.Functions {
		id, found := tpl.find("AWS::Lambda::Function", "Function"+plain(f.Name)+"Lambda")
		if !found {
			t.Errorf("%s isn't deployed", f.Name)
			continue
		}
		var given []string
		for name := range tpl.Resources[id].Properties.Environment.Variables {
			given = append(given, name)
		}
		slices.Sort(given)
		if diff := cmp.Diff(slices.Sorted(slices.Values(f.Env)), given); diff != "" {
			t.Errorf("%s (-declared +deployed)\n%s", f.Name, diff)
		}
	}
}
