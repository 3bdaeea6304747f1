package main

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
)

// guard is a piece of source that can be switched off: what then stands in its place lets everything through.
type guard struct {
	file   string
	in     string // the function
	line   int
	text   string
	nth    int    // among those of the file that say the same
	source []byte // the whole file without it; nil: it is switched in a built test
}

func (g guard) String() string { return fmt.Sprintf("%s:%d %s", g.file, g.line, g.says()) }

// id names a guard by what it says, so that it stays the same when lines move.
func (g guard) id() string { return g.file + " " + g.says() }

func (g guard) says() string {
	if g.nth > 1 {
		return fmt.Sprintf("%s: %s #%d", g.in, g.text, g.nth)
	}
	return g.in + ": " + g.text
}

// key is the guard's name in a built test.
func (g guard) key() string { return fmt.Sprintf("%x", sha256.Sum256([]byte(g.id())))[:12] }

// insert is text that comes into a source, at a byte of it.
type insert struct {
	at     int
	text   string
	closes bool
	width  int // of what it surrounds
	nth    int // what surrounds the same and comes later is inside
}

// finder walks one file of Go.
type finder struct {
	file    string
	source  []byte
	set     *token.FileSet
	names   map[string]bool // what conditions of the database are called in the package
	in      string
	all     []guard
	inserts []insert
	seen    map[string]int
	funcs   []function
	done    map[token.Pos]bool // conditions of the database, which may stand within others' values
}

// function is where a function stands, how many results it has, and the type of the last.
type function struct {
	from, to token.Pos
	results  int
	last     string
}

// found is the guards of a file of Go, and its source with a switch at each.
type found struct {
	guards   []guard
	switched []byte
}

// guardsOf returns the guards of a file of Go. names is what conditions of the database are called in its package.
func guardsOf(file string, source []byte, names map[string]bool) (found, error) {
	f := &finder{
		file: file, source: source, set: token.NewFileSet(), names: names, seen: map[string]int{}, done: map[token.Pos]bool{},
	}
	tree, err := parser.ParseFile(f.set, file, source, parser.SkipObjectResolution)
	if err != nil {
		return found{}, err
	}
	ast.Inspect(tree, f.note)
	for _, d := range tree.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			f.in = d.Name.Name
		case *ast.GenDecl:
			f.in = "package"
			if d.Tok == token.CONST && f.hasCondition(d) { // what is switched is no constant
				f.inserts = append(f.inserts, insert{at: f.offset(d.Pos()), text: "var /*", width: 1},
					insert{at: f.offset(d.Pos()) + len("const"), text: "*/", closes: true, width: 1})
			}
		}
		ast.Inspect(d, f.visit)
	}
	if len(f.all) == 0 {
		return found{}, nil
	}
	f.inserts = append(f.inserts, insert{
		at: f.offset(tree.Name.End()), text: `; import "foyer/internal/` + switches + `"`,
	})
	return found{f.all, f.switched()}, nil
}

// switched is the source with all that comes into it.
func (f *finder) switched() []byte {
	slices.SortStableFunc(f.inserts, func(a, b insert) int {
		switch {
		case a.at != b.at:
			return cmp.Compare(a.at, b.at)
		case a.closes != b.closes:
			if a.closes {
				return -1
			}
			return 1
		case a.closes:
			return cmp.Or(cmp.Compare(a.width, b.width), cmp.Compare(b.nth, a.nth))
		}
		return cmp.Or(cmp.Compare(b.width, a.width), cmp.Compare(a.nth, b.nth))
	})
	var out []byte
	last := 0
	for _, i := range f.inserts {
		out = append(append(out, f.source[last:i.at]...), i.text...)
		last = i.at
	}
	return append(out, f.source[last:]...)
}

func (f *finder) offset(p token.Pos) int { return f.set.Position(p).Offset }

func (f *finder) textOf(n ast.Node) string {
	return string(f.source[f.offset(n.Pos()):f.offset(n.End())])
}

// add notes a guard that begins at a node.
func (f *finder) add(n ast.Node, text string) guard {
	g := guard{file: f.file, in: f.in, line: f.set.Position(n.Pos()).Line, text: strings.Join(strings.Fields(text), " ")}
	f.seen[g.id()]++
	g.nth = f.seen[g.id()]
	f.all = append(f.all, g)
	return g
}

// around puts text before and after a node.
func (f *finder) around(n ast.Node, before, after string) {
	from, to := f.offset(n.Pos()), f.offset(n.End())
	nth := len(f.inserts)
	f.inserts = append(f.inserts, insert{at: from, text: before, width: to - from, nth: nth},
		insert{at: to, text: after, closes: true, width: to - from, nth: nth})
}

// asRead is what conditional writes call the values that must be as they were read: of a bucket.Change, and in requests
// of the key-value store and of Secrets Manager.
var asRead = []string{"FromConn", "FromUntil", "IfMatch", "RemoveFromVersionId"}

// visit notes the guards that begin at a node.
func (f *finder) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.IfStmt:
		f.checks(n)
		f.decides(n.Cond, n.Body.List)
	case *ast.CaseClause:
		for _, one := range n.List {
			if isBool(one) {
				f.decides(one, n.Body)
			}
		}
	case *ast.ReturnStmt:
		for _, result := range n.Results[:len(n.Results)-min(len(n.Results), 1)] {
			f.holds(result)
		}
		f.answers(n)
	case *ast.CallExpr:
		f.built(n)
		f.bounded(n)
	case *ast.KeyValueExpr:
		key, ok := n.Key.(*ast.Ident)
		switch {
		case !ok:
		case f.names[key.Name]:
			f.written(n.Value)
		case slices.Contains(asRead, key.Name):
			f.around(n.Value, fmt.Sprintf("%s.Zero(%q, ", switches, f.add(n, f.textOf(n)).key()), ")")
		}
	case *ast.CompositeLit:
		for i, field := range fieldsOf(n) {
			for _, one := range n.Elts {
				if of, ok := one.(*ast.CompositeLit); ok && f.names[field.Name] && i < len(of.Elts) {
					f.written(of.Elts[i])
				}
			}
		}
	case *ast.AssignStmt:
		for i, to := range n.Lhs {
			if len(n.Rhs) == len(n.Lhs) {
				if f.names[nameOf(to)] {
					f.written(n.Rhs[i])
				}
				f.holds(n.Rhs[i])
			}
		}
	case *ast.ValueSpec:
		for i, to := range n.Names {
			if len(n.Values) == len(n.Names) && f.names[to.Name] {
				f.written(n.Values[i])
			}
		}
	}
	return true
}
