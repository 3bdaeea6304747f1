package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// decides notes what a condition consists of under which something is refused, passed over, or taken for good.
func (f *finder) decides(condition ast.Expr, body []ast.Stmt) {
	if f.isNilCheck(condition) {
		return
	}
	either, all := operands(condition, token.LOR), operands(condition, token.LAND)
	switch ends := f.ends(body); {
	case ends == refuses, len(all) == 1 && f.handsOn(body) && !slices.ContainsFunc(either, f.isNilCheck):
		f.each(either, "Not")
	case ends == accepts:
		f.each(all, "Yes")
	case isPlanner(f.file):
	case len(all) > 1:
		f.each(all, "Yes") // each of them must hold for what the branch does
	case decides(f.file):
		f.each(either, "Not") // the branch is never taken
	}
}

// handsOn reports whether a branch ends with an error that came before, or with a check that may refuse.
func (f *finder) handsOn(body []ast.Stmt) bool {
	if isPlanner(f.file) || len(body) == 0 {
		return false
	}
	switch last := body[len(body)-1].(type) {
	case *ast.ReturnStmt:
		if f.function(last).last != "error" || len(last.Results) == 0 {
			return false
		}
		text := f.textOf(last.Results[len(last.Results)-1])
		return text == "err" || strings.HasPrefix(text, "dynamo.Failed(err,")
	case *ast.IfStmt:
		return last.Else == nil && (f.isCheck(last) || f.ends(last.Body.List) == refuses)
	}
	return false
}

// answers notes what a function returns last, and that it says yes or no.
func (f *finder) answers(n *ast.ReturnStmt) {
	if len(n.Results) == 0 {
		return
	}
	last, fn := n.Results[len(n.Results)-1], f.function(n)
	saysYes := fn.last == "bool" && !isPlanner(f.file)
	if either := operands(last, token.LOR); saysYes && len(either) > 1 {
		f.each(either, "Not")
		return
	}
	f.holds(last)
	if saysYes && isBool(last) && len(operands(last, token.LAND)) == 1 && len(n.Results) == fn.results {
		f.around(last, fmt.Sprintf("%s.Yes(%q, ", switches, f.add(last, f.textOf(last)).key()), ")")
	}
}

// decides reports whether a file decides what becomes of visits, money and seats, so that each of its branches guards
// something.
func decides(file string) bool {
	return slices.ContainsFunc([]string{"room/admit/", "sale/order/", "sale/checkout/", "sale/choose/choose.go",
		"sale/pay/stripe/payment.go", "sale/seat/hold.go", "sale/dispatch/", "sale/mail/service.go", "sale/clear/",
		"sale/audit/"}, func(part string) bool { return strings.Contains(file, part) })
}

// each puts a switch around each part of a condition, and another at its bound.
func (f *finder) each(all []ast.Expr, how string) {
	for _, one := range all {
		if !f.isNilCheck(one) {
			f.around(one, fmt.Sprintf("%s.%s(%q, ", switches, how, f.add(one, f.textOf(one)).key()), ")")
			f.bound(one)
			f.parts(one)
		}
	}
}

// parts notes each operand of a conjunction, which then holds, and of a disjunction, which then doesn't.
func (f *finder) parts(e ast.Expr) {
	if isPlanner(f.file) {
		return
	}
	if all := operands(e, token.LAND); len(all) > 1 {
		f.each(all, "Yes")
	}
	if either := operands(e, token.LOR); len(either) > 1 {
		f.each(either, "Not")
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

// bounded notes the least or the greatest of two values, each of which bounds the other.
func (f *finder) bounded(n *ast.CallExpr) {
	name := f.textOf(n.Fun)
	if name != "min" && name != "max" || len(n.Args) != 2 || !decides(f.file) && !strings.Contains(f.file, "room/token/") {
		return
	}
	for i, one := range n.Args {
		g := f.add(n, f.textOf(n)+" without "+f.textOf(one))
		f.around(n, fmt.Sprintf("%s.Instead(%q, ", switches, g.key()), ", "+f.textOf(n.Args[1-i])+")")
	}
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
	if f.isCheck(n) {
		f.around(n.Cond, fmt.Sprintf("%s.Not(%q, ", switches, f.add(n.Cond, f.textOf(n.Init)).key()), ")")
	}
}

func (f *finder) isCheck(n *ast.IfStmt) bool {
	init, ok := n.Init.(*ast.AssignStmt)
	if !ok || len(init.Lhs) != 1 || len(init.Rhs) != 1 || f.textOf(n.Cond) != "err != nil" || len(n.Body.List) == 0 {
		return false
	}
	last := f.textOf(n.Body.List[len(n.Body.List)-1])
	call, ok := init.Rhs[0].(*ast.CallExpr)
	if !ok || f.ends(n.Body.List) == goesOn && !strings.HasSuffix(last, "err") {
		return false
	}
	outside := func(one ast.Expr) bool { return f.textOf(one) == "ctx" }
	return !slices.ContainsFunc(call.Args, outside) &&
		!slices.Contains([]string{"group.Wait", "ctx.Err", "visit"}, f.textOf(call.Fun))
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
	switch f.function(last).last + " " + result {
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
	if f.function(last).last == "error" && result != "err" && !strings.HasPrefix(result, "dynamo.Failed") {
		return refuses
	}
	return goesOn
}

// function returns the innermost function around a statement.
func (f *finder) function(at ast.Node) (inner function) {
	for _, fn := range f.funcs {
		if fn.from <= at.Pos() && at.End() <= fn.to {
			inner = fn // inner ones come later
		}
	}
	return inner
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
	fn := function{from: n.Pos(), to: n.End(), results: typ.Results.NumFields()}
	if fn.results > 0 {
		fn.last = f.textOf(typ.Results.List[len(typ.Results.List)-1].Type)
	}
	f.funcs = append(f.funcs, fn)
	return true
}

// holds notes each part of a conjunction, and of those that a disjunction joins.
func (f *finder) holds(e ast.Expr) {
	if all := operands(e, token.LAND); len(all) > 1 {
		f.each(all, "Yes")
		return
	}
	if either := operands(e, token.LOR); len(either) > 1 && !isPlanner(f.file) {
		for _, one := range either {
			f.parts(one)
		}
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
