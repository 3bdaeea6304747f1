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

// function is where a function stands, and the type of its last result.
type function struct {
	from, to token.Pos
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
		for _, result := range n.Results {
			f.holds(result)
		}
	case *ast.CallExpr:
		f.built(n)
	case *ast.KeyValueExpr:
		key, ok := n.Key.(*ast.Ident)
		switch {
		case !ok:
		case f.names[key.Name]:
			f.written(n.Value)
		case key.Name == "FromConn", key.Name == "FromUntil": // of a bucket.Change: what must be as it was read
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

// decides notes what a condition consists of under which something is refused, passed over, or taken for good.
func (f *finder) decides(condition ast.Expr, body []ast.Stmt) {
	if f.isNilCheck(condition) {
		return
	}
	switch f.ends(body) {
	case refuses:
		f.each(operands(condition, token.LOR), "Not")
	case accepts:
		f.each(operands(condition, token.LAND), "Yes")
	default:
		switch all := operands(condition, token.LAND); {
		case isPlanner(f.file):
		case len(all) > 1:
			f.each(all, "Yes") // each of them must hold for what the branch does
		case decides(f.file) && returns(body):
			f.each(operands(condition, token.LOR), "Not") // what the branch returns is never returned
		}
	}
}

// decides reports whether a file decides what becomes of visits, money and seats, so that each of its branches guards
// something.
func decides(file string) bool {
	return slices.ContainsFunc([]string{"room/admit/", "sale/order/", "sale/checkout/", "sale/choose/choose.go",
		"sale/pay/stripe/payment.go", "sale/seat/hold.go"}, func(part string) bool { return strings.Contains(file, part) })
}

// returns reports whether a branch ends the function with something.
func returns(body []ast.Stmt) bool {
	if len(body) == 0 {
		return false
	}
	last, ok := body[len(body)-1].(*ast.ReturnStmt)
	return ok && len(last.Results) > 0
}

// each puts a switch around each part of a condition, and another at its bound.
func (f *finder) each(all []ast.Expr, how string) {
	for _, one := range all {
		if !f.isNilCheck(one) {
			f.around(one, fmt.Sprintf("%s.%s(%q, ", switches, how, f.add(one, f.textOf(one)).key()), ")")
			f.bound(one)
		}
	}
}

// bound notes a comparison of sizes or times as a guard of its own: without it, what is equal counts as the other side.
func (f *finder) bound(e ast.Expr) {
	if isPlanner(f.file) {
		return
	}
	var a, b ast.Expr
	how := "Bound"
	switch e := e.(type) {
	case *ast.ParenExpr:
		f.bound(e.X)
		return
	case *ast.UnaryExpr:
		f.bound(e.X)
		return
	case *ast.BinaryExpr:
		if !slices.Contains([]token.Token{token.LSS, token.GTR, token.LEQ, token.GEQ}, e.Op) {
			return
		}
		if a, b = e.X, e.Y; f.textOf(b) == "0" {
			return // whether there is something at all
		}
	case *ast.CallExpr:
		selector, ok := e.Fun.(*ast.SelectorExpr)
		if !ok || len(e.Args) != 1 || selector.Sel.Name != "After" && selector.Sel.Name != "Before" {
			return
		}
		a, b, how = selector.X, e.Args[0], "TimeBound"
	default:
		return
	}
	f.around(e, fmt.Sprintf("%s.%s(%q, ", switches, how, f.add(e, f.textOf(e)+atBound).key()),
		fmt.Sprintf(", %s, %s)", f.textOf(a), f.textOf(b)))
}

// atBound is what a guard says beside its text when only its bound is moved by one.
const atBound = " (at its bound)"

// isPlanner reports whether a file decides what is worth doing next, besides what may be done.
func isPlanner(file string) bool {
	return strings.HasPrefix(file, "internal/room/exchange/") || strings.HasPrefix(file, "internal/room/rules/") ||
		file == "internal/gateway/room/exchange.go"
}

// checks notes the call of a check that needs nothing from outside and returns nothing but why it refuses.
func (f *finder) checks(n *ast.IfStmt) {
	init, ok := n.Init.(*ast.AssignStmt)
	if !ok || len(init.Lhs) != 1 || len(init.Rhs) != 1 || f.textOf(n.Cond) != "err != nil" || len(n.Body.List) == 0 {
		return
	}
	last := f.textOf(n.Body.List[len(n.Body.List)-1])
	call, ok := init.Rhs[0].(*ast.CallExpr)
	if !ok || f.ends(n.Body.List) == goesOn && !strings.HasSuffix(last, "err") {
		return
	}
	outside := func(one ast.Expr) bool { return f.textOf(one) == "ctx" }
	if slices.ContainsFunc(call.Args, outside) ||
		slices.Contains([]string{"group.Wait", "ctx.Err", "visit"}, f.textOf(call.Fun)) {
		return
	}
	f.around(n.Cond, fmt.Sprintf("%s.Not(%q, ", switches, f.add(n.Cond, f.textOf(init)).key()), ")")
}

// What a branch comes to.
const (
	goesOn = iota
	refuses
	accepts
)

// ends says what a branch comes to by its last statement, and by what the function around it returns last.
func (f *finder) ends(body []ast.Stmt) int {
	if len(body) == 0 {
		return goesOn
	}
	if assign, ok := body[len(body)-1].(*ast.AssignStmt); ok && strings.HasPrefix(f.textOf(assign), "taken = append(") {
		return refuses
	}
	if jump, ok := body[len(body)-1].(*ast.BranchStmt); ok && jump.Tok == token.CONTINUE {
		return refuses
	}
	last, ok := body[len(body)-1].(*ast.ReturnStmt)
	if !ok || len(last.Results) == 0 {
		return goesOn
	}
	result := f.textOf(last.Results[len(last.Results)-1])
	switch f.returns(last) + " " + result {
	case "error nil":
		if len(last.Results) > 1 {
			return goesOn
		}
		return accepts
	case "bool true":
		return accepts
	case "bool false":
		return refuses
	}
	if f.returns(last) == "error" && result != "err" && !strings.HasPrefix(result, "dynamo.Failed") {
		return refuses
	}
	return goesOn
}

// returns is the type of the last result of the innermost function around a statement.
func (f *finder) returns(at ast.Node) (last string) {
	for _, fn := range f.funcs {
		if fn.from <= at.Pos() && at.End() <= fn.to {
			last = fn.last // inner ones come later
		}
	}
	return last
}

// note keeps what a function returns.
func (f *finder) note(n ast.Node) bool {
	var typ *ast.FuncType
	switch n := n.(type) {
	case *ast.FuncDecl:
		typ = n.Type
	case *ast.FuncLit:
		typ = n.Type
	default:
		return true
	}
	last := ""
	if r := typ.Results; r != nil && len(r.List) > 0 {
		last = f.textOf(r.List[len(r.List)-1].Type)
	}
	f.funcs = append(f.funcs, function{n.Pos(), n.End(), last})
	return true
}

// holds notes each part of a conjunction.
func (f *finder) holds(e ast.Expr) {
	if all := operands(e, token.LAND); len(all) > 1 {
		f.each(all, "Yes")
		return
	}
	f.bound(e)
}

// operands returns what the operator joins; one for anything else.
func operands(e ast.Expr, op token.Token) []ast.Expr {
	for {
		inner, ok := e.(*ast.ParenExpr)
		if !ok {
			break
		}
		e = inner.X
	}
	if both, ok := e.(*ast.BinaryExpr); ok && both.Op == op {
		return append(operands(both.X, op), operands(both.Y, op)...)
	}
	return []ast.Expr{e}
}

// isBool reports whether an expression looks like a condition rather than a value that is switched on.
func isBool(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return slices.Contains([]token.Token{token.LAND, token.LOR, token.EQL, token.NEQ, token.LSS, token.GTR, token.LEQ,
			token.GEQ}, e.Op)
	case *ast.UnaryExpr:
		return e.Op == token.NOT
	case *ast.CallExpr:
		return true
	}
	return false
}

// isNilCheck reports whether a condition only asks for an error of something else.
func (f *finder) isNilCheck(e ast.Expr) bool {
	text := f.textOf(e)
	return text == "err != nil" || text == "err == nil"
}
