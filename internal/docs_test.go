package internal_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"foyer/infra/topology"
)

// root is the module's folder, as seen from here.
const root = ".."

func readDoc(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// rowsOf returns the rows of the first table below a heading, cell by cell, without its head.
func rowsOf(page, heading string) (rows [][]string) {
	_, rest, _ := strings.Cut(page, heading+"\n")
	for line := range strings.Lines(rest) {
		switch line = strings.TrimSpace(line); {
		case strings.HasPrefix(line, "|"):
			cells := strings.Split(strings.Trim(line, "|"), "|")
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			rows = append(rows, cells)
		case len(rows) > 0:
			return rows[2:]
		}
	}
	if len(rows) > 2 {
		return rows[2:]
	}
	return nil
}

// names holds the top-level names of a package, the methods and fields of its types as Type.Name, and of a script its
// functions and classes.
type names map[string]bool

func namesOf(path string) (names, error) {
	if strings.HasSuffix(path, ".js") {
		return scriptNames(filepath.Join(root, path))
	}
	all := names{}
	files, err := filepath.Glob(filepath.Join(root, path, "*.go"))
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, d := range file.Decls {
			all.declare(d)
		}
	}
	return all, nil
}

var declared = regexp.MustCompile(`(?m)^(?:export )?(?:async )?(?:function|class|const) (\w+)`)

func scriptNames(path string) (names, error) {
	source, err := os.ReadFile(path)
	all := names{}
	for _, m := range declared.FindAllSubmatch(source, -1) {
		all[string(m[1])] = true
	}
	return all, err
}

func (all names) declare(d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		name := d.Name.Name
		if d.Recv != nil {
			name = receiver(d.Recv.List[0].Type) + "." + name
		}
		all[name] = true
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.ValueSpec:
				for _, n := range spec.Names {
					all[n.Name] = true
				}
			case *ast.TypeSpec:
				all[spec.Name.Name] = true
				all.members(spec)
			}
		}
	}
}

func (all names) members(spec *ast.TypeSpec) {
	var list *ast.FieldList
	switch t := spec.Type.(type) {
	case *ast.StructType:
		list = t.Fields
	case *ast.InterfaceType:
		list = t.Methods
	default:
		return
	}
	for _, field := range list.List {
		for _, n := range field.Names {
			all[spec.Name.Name+"."+n.Name] = true
		}
	}
}

func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.IndexListExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// split takes a symbol apart: `internal/room/queue.Key` is a package and a name, `infra/edge/gate.js:room` a script
// and one of its functions.
func split(symbol string) (path, name string) {
	if path, name, found := strings.Cut(symbol, ":"); found {
		return path, name
	}
	folder, last := filepath.Split(symbol)
	pkg, name, _ := strings.Cut(last, ".")
	return folder + pkg, name
}

var quoted = regexp.MustCompile("`([^`]+)`")

// Every entry in docs/words.md lives where it says, and stands where one looks for it.
func TestEveryWordLivesWhereItSays(t *testing.T) {
	rows := rowsOf(readDoc(t, "docs/words.md"), "# Words")
	if len(rows) < 100 {
		t.Errorf("only %d words were looked at", len(rows))
	}
	packages, last := map[string]names{}, ""
	for _, row := range rows {
		if len(row) != 4 || row[1] == "" {
			t.Errorf("%q isn't a word with a meaning, its readers and its place", row)
			continue
		}
		if row[0] <= last {
			t.Errorf("%q comes after %q", row[0], last)
		}
		last = row[0]
		for reader := range strings.SplitSeq(row[2], ", ") {
			if !slices.Contains([]string{"visitor", "buyer", "operator", "engineer"}, reader) {
				t.Errorf("%s: nobody is called %q", row[0], reader)
			}
		}
		symbols := quoted.FindAllStringSubmatch(row[3], -1)
		if len(symbols) == 0 {
			t.Errorf("%s lives nowhere", row[0])
		}
		for _, s := range symbols {
			path, name := split(s[1])
			if packages[path] == nil {
				var err error
				if packages[path], err = namesOf(path); err != nil {
					t.Errorf("%s: %v", row[0], err)
				}
			}
			if !packages[path][name] {
				t.Errorf("%s: there is no %s", row[0], s[1])
			}
		}
	}
}

// The table of functions in ARCHITECTURE.md is what the topology declares.
func TestTheMapNamesEveryFunction(t *testing.T) {
	page := readDoc(t, "ARCHITECTURE.md")
	var want []string
	for _, f := range topology.Functions {
		cells := []string{"`" + f.Name + "`", trigger(f), touches(f, reads), touches(f, writes)}
		want = append(want, strings.Join(cells, " | "))
	}
	rows, got := rowsOf(page, "## Functions"), []string{}
	for _, row := range rows {
		if len(row) != 5 {
			t.Fatalf("%q has %d cells, not 5", row, len(row))
		}
		got = append(got, strings.Join([]string{row[0], row[1], row[3], row[4]}, " | "))
		for _, s := range quoted.FindAllStringSubmatch(row[2], -1) {
			if !imports(t, strings.Trim(row[0], "`"), s[1]) {
				t.Errorf("%s doesn't wire internal/%s", row[0], s[1])
			}
		}
	}
	for i := range max(len(want), len(got)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Errorf("row %d of ARCHITECTURE.md's table; but for packages it is:\n%s", i+1, strings.Join(want, "\n"))
			break
		}
	}
}

// trigger is what starts a function, in a word or two.
func trigger(f topology.Function) string {
	var all []string
	if len(f.Routes) > 0 {
		all = append(all, "HTTP")
	}
	for _, route := range f.Sockets {
		all = append(all, "socket `"+route+"`")
	}
	if f.Stream != nil {
		all = append(all, "stream of "+f.Stream.Table)
	}
	if f.Queue != nil {
		all = append(all, "queue "+f.Queue.Queue)
	}
	if f.Schedule > 0 {
		all = append(all, "every "+strings.TrimSuffix(f.Schedule.String(), "0s"))
	}
	if f.Rotation > 0 {
		all = append(all, fmt.Sprintf("every %d days", int(f.Rotation.Hours()/24)))
	}
	if f.Name == "announce" {
		all = append(all, "`relay`")
	}
	return strings.Join(all, ", ")
}

// reads and writes are the actions of tables and queues, and what else matters beside them. Reading secrets doesn't.
var (
	reads = map[string]string{
		"dynamodb:GetItem": "", "dynamodb:Query": "", "dynamodb:Scan": "", topology.ConnectionsLook: "connections",
	}
	writes = map[string]string{
		"dynamodb:PutItem": "", "dynamodb:UpdateItem": "", "dynamodb:DeleteItem": "", "sqs:SendMessage": "",
		topology.ConnectionsPush: "connections", topology.ConnectionsEnd: "connections",
		topology.EdgeStore: "edge store", topology.Ledger: "ledger",
		topology.Exchange: "exchange", topology.Census: "census", topology.Announce: "announce",
		topology.Mail: "mail", "secretsmanager:PutSecretValue": "token keys",
	}
)

// touches lists what of the kind a function is permitted.
func touches(f topology.Function, kind map[string]string) string {
	var all []string
	for _, g := range f.Grants {
		name := kind[g.On]
		for _, action := range g.Actions {
			if called, found := kind[action]; found && name == "" {
				name = called
				if name == "" {
					name, _, _ = strings.Cut(g.On, "/")
				}
			}
		}
		if name != "" && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	if len(all) == 0 {
		return "–"
	}
	return strings.Join(all, ", ")
}

// imports reports whether a function's package, or the one of boot that wires payments, imports a package of internal.
func imports(t *testing.T, function, pkg string) bool {
	t.Helper()
	for _, name := range []string{"functions/" + function + "/wire.go", "internal/boot/money/money.go"} {
		source := readDoc(t, name)
		if strings.Contains(source, `"foyer/internal/`+pkg+`"`) {
			return true
		}
		if !strings.Contains(source, `"foyer/internal/boot/money"`) {
			return false
		}
	}
	return false
}

func TestTheMapIsShort(t *testing.T) {
	page := readDoc(t, "ARCHITECTURE.md")
	if n := len(strings.Fields(page)); n > 1200 {
		t.Errorf("ARCHITECTURE.md has %d words, at most 1,200 are allowed", n)
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(page, "# Architecture\n\n"), "\n")
	if !strings.Contains(first, "docs/words.md") {
		t.Errorf("ARCHITECTURE.md doesn't begin with the words: %q", first)
	}
}

var link = regexp.MustCompile(`\]\(([^)#\s]+)(#[^)]*)?\)`)

// pages is every page of Markdown that people write; bench.md is written by a program.
func pages(t *testing.T) (all []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch name := d.Name(); {
		case d.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "cdk.out"):
			return fs.SkipDir
		case strings.HasSuffix(name, ".md") && name != "bench.md":
			all = append(all, strings.TrimPrefix(path, root+"/"))
		}
		return nil
	})
	if err != nil || len(all) < 10 {
		t.Fatalf("found %d pages: %v", len(all), err)
	}
	return all
}

func TestLinksLeadToFiles(t *testing.T) {
	for _, page := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(readDoc(t, page), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s: %v", page, err)
			}
		}
	}
}

var sourceFile = regexp.MustCompile("`(?:[\\w/]+/)?\\w+/\\w+\\.(?:go|js)`")

// A file of the source that a page names is there.
func TestFilesThatPagesNameExist(t *testing.T) {
	var files []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && path != root && strings.HasPrefix(d.Name(), ".") {
			return fs.SkipDir
		}
		files = append(files, path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages(t) {
		for _, name := range sourceFile.FindAllString(readDoc(t, page), -1) {
			name = strings.Trim(name, "`")
			if !slices.ContainsFunc(files, func(path string) bool { return strings.HasSuffix(path, "/"+name) }) {
				t.Errorf("%s names %s, which there isn't", page, name)
			}
		}
	}
}

var sourceName = regexp.MustCompile("`(?:[a-z]+/)*([a-z]+)\\.(\\w+(?:\\.\\w+)?)(?:\\(\\))?`")

// A name of a package that a page gives, such as `order.Step`, is there: a type or function, a method or field of one.
func TestNamesThatPagesGiveExist(t *testing.T) {
	packages := map[string]names{}
	err := filepath.WalkDir(root+"/internal", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		found, err := namesOf(strings.TrimPrefix(path, root+"/"))
		if packages[d.Name()] == nil {
			packages[d.Name()] = names{}
		}
		maps.Copy(packages[d.Name()], found)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	looked := 0
	for _, page := range pages(t) {
		for _, m := range sourceName.FindAllStringSubmatch(readDoc(t, page), -1) {
			known, name := packages[m[1]], m[2]
			if len(known) == 0 || slices.Contains([]string{"go", "js", "md", "json", "yaml"}, name) {
				continue
			}
			looked++
			member := func(full string) bool { return full == name || strings.HasSuffix(full, "."+name) }
			if !slices.ContainsFunc(slices.Collect(maps.Keys(known)), member) {
				t.Errorf("%s gives %s, which there isn't", page, m[0])
			}
		}
	}
	if looked < 30 {
		t.Errorf("only %d names were looked at", looked)
	}
}

// The index of docs/ leaves no page out.
func TestTheIndexNamesEveryPage(t *testing.T) {
	index := readDoc(t, "docs/README.md")
	files, err := os.ReadDir(filepath.Join(root, "docs"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if ext := filepath.Ext(f.Name()); (ext == ".md" || ext == ".yaml") && f.Name() != "README.md" &&
			!strings.Contains(index, "("+f.Name()+")") {
			t.Errorf("docs/README.md doesn't name %s", f.Name())
		}
	}
}

var required = regexp.MustCompile(`(?m)^\t(\S+) v\S+$`) // without an "// indirect"

// Every module that go.mod asks for directly has a line in docs/dependencies.md.
func TestEveryDependencyHasItsReason(t *testing.T) {
	page, found := readDoc(t, "docs/dependencies.md"), required.FindAllStringSubmatch(readDoc(t, "go.mod"), -1)
	if len(found) < 30 {
		t.Errorf("found %d modules only", len(found))
	}
	for _, m := range found {
		parts := strings.Split(m[1], "/")
		name := parts[min(2, len(parts)-1)]
		if parts[0] == "golang.org" {
			name = "x/" + name
		}
		if !strings.Contains(page, name) {
			t.Errorf("docs/dependencies.md says nothing of %s", m[1])
		}
	}
}
