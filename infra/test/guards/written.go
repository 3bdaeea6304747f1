package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"strconv"
	"strings"
)

// built notes a condition that is made with the SDK's builder.
func (f *finder) built(n *ast.CallExpr) {
	selector, ok := n.Fun.(*ast.SelectorExpr)
	if !ok {
		return
	}
	text := f.textOf(n)
	switch selector.Sel.Name {
	case "Equal", "LessThan", "LessThanEqual":
		if !strings.Contains(text, "expression.Value(") {
			return
		}
	case "AttributeNotExists", "AttributeExists":
	default:
		return
	}
	if strings.Contains(text, ".Or(") {
		return
	}
	f.around(n, fmt.Sprintf("%s.Pick(%q, ", switches, f.add(n, text).key()),
		`, func(c expression.ConditionBuilder) expression.ConditionBuilder { return c.Or(expression.Name("`+switches+
			`").AttributeNotExists()) })`)
}

// written notes the parts of a condition that stand in the source as text.
func (f *finder) written(e ast.Expr) {
	ast.Inspect(e, func(n ast.Node) bool {
		expr, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		text, ok := constant(expr)
		if !ok || !isCondition(text) || f.done[expr.Pos()] {
			return !ok
		}
		f.done[expr.Pos()] = true
		var pairs strings.Builder
		for _, part := range conjuncts(text) {
			g := f.add(expr, text[part.from:part.to])
			without := text[:part.from] + "(" + text[part.from:part.to] + " OR attribute_not_exists(" + switches + "))" +
				text[part.to:]
			fmt.Fprintf(&pairs, ", %q, %q", g.key(), without)
			for _, at := range bounds.FindAllStringSubmatchIndex(text[part.from:part.to], -1) {
				from, to := part.from+at[2], part.from+at[3]
				g := f.add(expr, text[part.from:part.to]+atBound)
				fmt.Fprintf(&pairs, ", %q, %q", g.key(), text[:from]+moved[text[from:to]]+text[to:])
			}
		}
		f.around(expr, switches+".Text(", pairs.String()+")")
		return false
	})
}

var (
	bounds = regexp.MustCompile(` (<|>|<=|>=) `)
	moved  = map[string]string{"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
)

// hasCondition reports whether a declaration holds the text of a condition.
func (f *finder) hasCondition(d *ast.GenDecl) bool {
	for _, spec := range d.Specs {
		v, ok := spec.(*ast.ValueSpec)
		for i := range v.Values {
			if text, isText := constant(v.Values[i]); ok && isText && isCondition(text) && f.names[v.Names[i].Name] {
				return true
			}
		}
	}
	return false
}

// constant returns the text of a literal, or of several that are joined.
func constant(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		left, ok := constant(e.X)
		right, also := constant(e.Y)
		return left + right, ok && also && e.Op == token.ADD
	}
	return "", false
}
