package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strings"
)

// conditionNames returns what conditions of the database are called in the files of a package: the SDK's field, and
// every name that goes into it, directly or by way of others.
func conditionNames(files map[string][]byte) (map[string]bool, error) {
	goes := map[string][]string{} // from the name that is assigned to, to those that stand in its value
	note := func(to ast.Expr, value ast.Expr) {
		ast.Inspect(value, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				goes[nameOf(to)] = append(goes[nameOf(to)], id.Name)
			}
			return true
		})
	}
	parameters := map[string][][]*ast.Ident{} // of functions and methods, by name
	var trees []*ast.File
	for name, source := range files {
		tree, err := parser.ParseFile(token.NewFileSet(), name, source, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		trees = append(trees, tree)
		for _, d := range tree.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				var all []*ast.Ident
				for _, field := range fn.Type.Params.List {
					all = append(all, field.Names...)
				}
				parameters[fn.Name.Name] = append(parameters[fn.Name.Name], all)
			}
		}
	}
	for _, tree := range trees {
		ast.Inspect(tree, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				for _, all := range parameters[nameOf(n.Fun)] {
					for i, to := range all {
						if len(all) == len(n.Args) {
							note(to, n.Args[i])
						}
					}
				}
			case *ast.KeyValueExpr:
				note(n.Key, n.Value)
			case *ast.AssignStmt:
				for i := range n.Rhs {
					if len(n.Lhs) == len(n.Rhs) {
						note(n.Lhs[i], n.Rhs[i])
					}
				}
			}
			return true
		})
	}
	names := map[string]bool{"ConditionExpression": true}
	for grown := true; grown; {
		grown = false
		for to, from := range goes {
			for _, one := range from {
				if names[to] && !names[one] {
					names[one], grown = true, true
				}
			}
		}
	}
	for _, update := range []string{"set", "parts"} { // what is written, not on which condition
		delete(names, update)
	}
	return names, nil
}

// fieldsOf returns the names of the fields of what a list of structs without a name holds, in their order.
func fieldsOf(list *ast.CompositeLit) (names []*ast.Ident) {
	array, ok := list.Type.(*ast.ArrayType)
	if !ok {
		return nil
	}
	of, ok := array.Elt.(*ast.StructType)
	if !ok {
		return nil
	}
	for _, field := range of.Fields.List {
		names = append(names, field.Names...)
	}
	return names
}

// nameOf returns what is assigned to: a variable's or a field's name.
func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.StarExpr:
		return nameOf(e.X)
	}
	return ""
}

var compares = regexp.MustCompile(`attribute_(not_)?exists\(|contains\(|#?[\w.]+ (=|<>|<|>|<=|>=) :\w+`)

// isCondition reports whether a text is a condition of DynamoDB, or a part of one.
func isCondition(text string) bool {
	text = strings.TrimPrefix(strings.TrimSpace(text), "AND ")
	for _, verb := range []string{"SET ", "ADD ", "REMOVE ", "DELETE ", ", "} {
		if strings.HasPrefix(text, verb) {
			return false
		}
	}
	return compares.MatchString(text)
}

// span is a part of a text.
type span struct{ from, to int }

// conjuncts returns what AND joins in a condition, outside of parentheses.
func conjuncts(text string) (all []span) {
	const and = " AND "
	depth, from := 0, 0
	end := func(to int) {
		if strings.TrimSpace(text[from:to]) != "" {
			all = append(all, span{from, to})
		}
	}
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth == 0 && strings.HasPrefix(text[i:], and) {
			end(i)
			from = i + len(and)
			i = from - 1
		}
	}
	end(len(text))
	return all
}
