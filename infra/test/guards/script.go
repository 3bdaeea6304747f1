package main

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/parser"
	"github.com/dop251/goja/token"
)

// modules matches what the parser doesn't know: it takes scripts, not modules.
var modules = regexp.MustCompile(`(?m)^(?s:import .*?;$)|^export \{.*$|^export `)

// script walks one file of JavaScript.
type script struct {
	file   string
	source string
	blank  string // the source with what belongs to modules made blank
	in     string
	all    []guard
	seen   map[string]int
	done   map[span]bool
}

// guardsOfScript returns the guards of a file of JavaScript, each with the source that lacks it: operands of && and ||
// by which something is decided, conditions of if and ?:, and the calls that keep only what may pass.
func guardsOfScript(name string, source []byte) ([]guard, error) {
	s := &script{file: name, source: string(source), seen: map[string]int{}, done: map[span]bool{}, in: "module"}
	s.blank = modules.ReplaceAllStringFunc(s.source, func(text string) string {
		return regexp.MustCompile(`[^\n]`).ReplaceAllString(text, " ")
	})
	program, err := parser.ParseFile(nil, name, s.blank, 0)
	if err != nil {
		return nil, err
	}
	if err := s.walk(reflect.ValueOf(program.Body)); err != nil {
		return nil, err
	}
	slices.SortFunc(s.all, func(a, b guard) int { return a.line - b.line })
	return s.all, nil
}

// walk visits every node below a value; the parser's package has no visitor of its own.
func (s *script) walk(v reflect.Value) error {
	switch v.Kind() {
	case reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return s.walk(v.Elem())
	case reflect.Pointer:
		if v.IsNil() || v.Type().Elem().PkgPath() != reflect.TypeFor[ast.Program]().PkgPath() {
			return nil
		}
		before := s.in
		defer func() { s.in = before }()
		if err := s.visit(v.Interface()); err != nil {
			return err
		}
		return s.walk(v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			if err := s.walk(v.Index(i)); err != nil {
				return err
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if name := v.Type().Field(i).Name; v.Type().Field(i).IsExported() && name != "DeclarationList" {
				if err := s.walk(v.Field(i)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (s *script) visit(n any) error {
	switch n := n.(type) {
	case *ast.FunctionLiteral:
		if n.Name != nil {
			s.in = string(n.Name.Name)
		}
	case *ast.IfStatement:
		return s.condition(n.Test)
	case *ast.ConditionalExpression:
		return s.condition(n.Test)
	case *ast.ReturnStatement:
		if answer, ok := n.Argument.(*ast.BinaryExpression); ok && answer.Comparison {
			return s.add(answer, "true")
		}
	case *ast.BinaryExpression:
		if err := s.bound(n); err != nil {
			return err
		}
		return s.operands(n)
	case *ast.ExpressionStatement:
		call, ok := n.Expression.(*ast.CallExpression)
		if !ok {
			return nil
		}
		if callee, ok := call.Callee.(*ast.Identifier); ok && callee.Name == "keep" {
			return s.add(call, "0")
		}
	}
	return nil
}

// condition notes a condition that isn't joined of others.
func (s *script) condition(test ast.Expression) error {
	if both, ok := test.(*ast.BinaryExpression); ok && isLogical(both.Operator) {
		return nil // its operands are visited
	}
	return s.add(test, "false")
}

// operands notes the sides of && and ||, each with what stands for its absence. What is taken for want of a value
// guards nothing.
func (s *script) operands(n *ast.BinaryExpression) error {
	if !isLogical(n.Operator) || isDefault(n) {
		return nil
	}
	absent := map[token.Token]string{token.LOGICAL_AND: "true", token.LOGICAL_OR: "false"}[n.Operator]
	for _, side := range []ast.Expression{n.Left, n.Right} {
		if both, ok := side.(*ast.BinaryExpression); ok && isLogical(both.Operator) && both.Operator == n.Operator {
			continue // its own sides are visited
		}
		if err := s.add(side, absent); err != nil {
			return err
		}
	}
	return nil
}

// bound notes a comparison of sizes, with what stands for it where its bound is moved by one.
func (s *script) bound(n *ast.BinaryExpression) error {
	to, ok := moved[n.Operator.String()]
	if _, isNumber := n.Right.(*ast.NumberLiteral); !ok || isNumber && s.source[n.Right.Idx0()-1] == '0' {
		return nil
	}
	left, right := s.whole(n.Left.Idx0(), n.Left.Idx1()), s.whole(n.Right.Idx0(), n.Right.Idx1())
	at := s.whole(n.Idx0(), n.Idx1())
	without := "(" + s.source[left.from:left.to] + " " + to + " " + s.source[right.from:right.to] + ")"
	return s.replace(at, s.source[at.from:at.to]+atBound, without)
}

func isLogical(op token.Token) bool { return op == token.LOGICAL_AND || op == token.LOGICAL_OR }

// isDefault reports whether the right side is a value for want of another.
func isDefault(n *ast.BinaryExpression) bool {
	if n.Operator != token.LOGICAL_OR {
		return false
	}
	switch right := n.Right.(type) {
	case *ast.StringLiteral, *ast.ArrayLiteral, *ast.ObjectLiteral, *ast.NumberLiteral:
		return true
	case *ast.Identifier:
		return right.Name == "undefined"
	}
	return false
}

// add notes a guard, and its file without it.
func (s *script) add(n ast.Expression, instead string) error {
	at := s.whole(n.Idx0(), n.Idx1())
	if s.done[at] {
		return nil
	}
	s.done[at] = true
	return s.replace(at, s.source[at.from:at.to], "("+instead+")")
}

// replace notes a guard that stands somewhere, and what stands there without it.
func (s *script) replace(at span, text, instead string) error {
	without := s.source[:at.from] + instead + s.source[at.to:]
	blank := s.blank[:at.from] + instead + s.blank[at.to:]
	if _, err := parser.ParseFile(nil, s.file, blank, 0); err != nil {
		return fmt.Errorf("without %q: %w", text, err)
	}
	g := guard{
		file: s.file, in: s.in, line: 1 + strings.Count(s.source[:at.from], "\n"),
		text: strings.Join(strings.Fields(text), " "), source: []byte(without),
	}
	s.seen[g.id()]++
	g.nth = s.seen[g.id()]
	s.all = append(s.all, g)
	return nil
}

// whole is where a node stands, with the parentheses that belong to it: the parser leaves them out.
func (s *script) whole(first, last file.Idx) span {
	at := span{int(first) - 1, int(last) - 1}
	for {
		text := s.source[at.from:at.to]
		switch open := strings.Count(text, "(") - strings.Count(text, ")"); {
		case open > 0 && at.to < len(s.source):
			at.to++
		case open < 0 && at.from > 0:
			at.from--
		default:
			return at
		}
	}
}
