package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
)

// guard is a piece of source that can be removed: what stands in its place lets everything through.
type guard struct {
	file     string
	in       string // the function
	line     int
	from, to int // bytes of the source
	instead  string
	text     string
}

func (g guard) String() string { return fmt.Sprintf("%s:%d %s: %s", g.file, g.line, g.in, g.text) }

// id names a guard by what it says, so that it stays the same when lines move.
func (g guard) id() string { return g.file + " " + g.in + ": " + g.text }

func (g guard) without(source []byte) []byte {
	return slices.Concat(source[:g.from], []byte(g.instead), source[g.to:])
}

// finder walks one file.
type finder struct {
	file   string
	source []byte
	set    *token.FileSet
	in     string
	all    []guard
}

// guardsOf returns the guards of a file, in its order.
func guardsOf(file string, source []byte) ([]guard, error) {
	f := &finder{file: file, source: source, set: token.NewFileSet()}
	tree, err := parser.ParseFile(f.set, file, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, d := range tree.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			f.in = d.Name.Name
		case *ast.GenDecl:
			f.in = "package"
		}
		ast.Inspect(d, f.visit)
	}
	slices.SortFunc(f.all, func(a, b guard) int { return a.from - b.from })
	return f.all, nil
}

func (f *finder) offset(p token.Pos) int { return f.set.Position(p).Offset }

func (f *finder) textOf(n ast.Node) string {
	return string(f.source[f.offset(n.Pos()):f.offset(n.End())])
}

// add notes that the source of a node may be replaced.
func (f *finder) add(n ast.Node, instead string) {
	text := string(bytes.Join(bytes.Fields([]byte(f.textOf(n))), []byte(" ")))
	f.all = append(f.all, guard{
		file: f.file, in: f.in, line: f.set.Position(n.Pos()).Line, from: f.offset(n.Pos()), to: f.offset(n.End()),
		instead: instead, text: text,
	})
}

// visit notes the guards that begin at a node.
func (f *finder) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.IfStmt:
		f.refusal(n.Cond, n.Body.List)
	case *ast.CaseClause:
		if len(n.List) == 1 && f.isBool(n.List[0]) {
			f.refusal(n.List[0], n.Body)
		}
	case *ast.ReturnStmt:
		for _, result := range n.Results {
			f.operands(result)
		}
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && key.Name == "ConditionExpression" {
			f.add(n.Value, "func() *string { _ = "+f.textOf(n.Value)+"; return nil }()")
		}
	case *ast.ExprStmt, *ast.AssignStmt:
		f.conditions(n)
	}
	return true
}

// refusal notes a condition under which something is refused: with an error, or with false.
func (f *finder) refusal(condition ast.Expr, body []ast.Stmt) {
	if len(body) == 0 || f.isNilCheck(condition) {
		return
	}
	last, ok := body[len(body)-1].(*ast.ReturnStmt)
	if !ok || len(last.Results) == 0 {
		return
	}
	result := f.textOf(last.Results[len(last.Results)-1])
	if result == "nil" || result == "err" || result == "true" || strings.HasPrefix(result, "dynamo.Failed") {
		return
	}
	refuses := result == "false" || strings.Contains(result, "rr") || strings.Contains(result, "(")
	if refuses {
		f.add(condition, "false && ("+f.textOf(condition)+")")
	}
}

// operands notes each part of a conjunction that is returned.
func (f *finder) operands(e ast.Expr) {
	both, ok := e.(*ast.BinaryExpr)
	if !ok || both.Op != token.LAND {
		return
	}
	for _, side := range []ast.Expr{both.X, both.Y} {
		if part, ok := side.(*ast.BinaryExpr); ok && part.Op == token.LAND {
			f.operands(part)
			continue
		}
		f.add(side, "(true || ("+f.textOf(side)+"))")
	}
}

// conditions notes the parts of a write's condition that are gathered in a list: holds = append(holds, …).
func (f *finder) conditions(n ast.Node) {
	assign, ok := n.(*ast.AssignStmt)
	if !ok || len(assign.Rhs) != 1 {
		return
	}
	call, ok := assign.Rhs[0].(*ast.CallExpr)
	if !ok || len(call.Args) < 2 || f.textOf(call.Fun) != "append" {
		return
	}
	if to := f.textOf(call.Args[0]); to == "holds" || to == "conditions" {
		rest := strings.Builder{}
		for _, a := range call.Args[1:] {
			fmt.Fprintf(&rest, "_ = %s; ", strings.TrimSuffix(f.textOf(a), "..."))
		}
		f.add(n, rest.String())
	}
}

// isBool reports whether an expression looks like a condition rather than a value that is switched on.
func (f *finder) isBool(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return true
	case *ast.UnaryExpr:
		return e.Op == token.NOT
	}
	return false
}

// isNilCheck reports whether a condition only asks for an error of something else.
func (f *finder) isNilCheck(e ast.Expr) bool {
	text := f.textOf(e)
	return text == "err != nil" || text == "err == nil"
}
