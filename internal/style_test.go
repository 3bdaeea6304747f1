package internal_test

import (
	"fmt"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// styled is the part of the module whose style is checked.
const styled = ".."

// columns is the widest that a line of Go or Markdown may be; a tab counts one.
const columns = 120

// dialect matches phrases that comments avoid: "reports whether" and a plain subject say the same.
var dialect = regexp.MustCompile(`\b(tells (whether|if|of)|[Ww]hoever|is told of|word of)\b`)

// fences matches the beginning or end of a block of code or output in Markdown.
var fences = regexp.MustCompile("^\\s*(```|~~~)")

// address matches a line that is one address or one link, perhaps as an item of a list or as a comment.
var address = regexp.MustCompile(`^[\s*/-]*(\[[^\]]*\]\()?https?://\S+$`)

func TestStyle(t *testing.T) {
	err := filepath.WalkDir(styled, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, ext := entry.Name(), filepath.Ext(path)
		hidden := len(name) > 2 && name[0] == '.' // and not ".."
		if entry.IsDir() && (hidden || name == "testdata" || name == "node_modules" || name == "cdk.out") {
			return filepath.SkipDir
		}
		if entry.IsDir() || ext != ".go" && ext != ".md" && ext != ".js" {
			return nil
		}
		text, err := os.ReadFile(path)
		for _, fault := range faults(name, text) {
			t.Errorf("%s:%s", path, fault)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestStyleFindsFaults(t *testing.T) {
	long, site := strings.Repeat("word ", columns/5), "https://example.com/"+strings.Repeat("a", columns)
	for name, c := range map[string]struct {
		file, text string
		want       int
	}{
		"a line of the full width":      {"a.go", "package a // " + strings.Repeat("é", columns-13), 0},
		"a line of Go too wide":         {"a.go", "package a // " + strings.Repeat("é", columns-12), 1},
		"tabs count one":                {"a.go", "package a\n" + strings.Repeat("\t", columns) + "\n", 0},
		"a wide string":                 {"a.go", "package a\n\nconst b = `" + long + "`\n", 1},
		"a wide line of Markdown":       {"a.md", "# A\n\n" + long + "word\n", 1},
		"a table":                       {"a.md", "| a | b |\n|---|---|\n| " + long + " | c |\n", 0},
		"output":                        {"a.md", "```text\n" + long + "word\n```\n", 0},
		"after output":                  {"a.md", "```text\nshort\n```\n\n" + long + "word\n", 1},
		"one long address":              {"a.md", "- " + site + "\n", 0},
		"one long link":                 {"a.md", "[the manual](" + site + "),\n", 0},
		"one long address in a comment": {"a.go", "package a\n\n// " + site, 0},
		"an address in a wide sentence": {"a.md", "See " + site + "\n", 1},
		"tells whether":                 {"a.go", "package a\n\n// b tells whether it is.\nvar b bool\n", 1},
		"tells if":                      {"a.go", "package a\n\nvar b bool // tells if it is\n", 1},
		"tells of":                      {"a.go", "package a\n\n/* b tells of c. */\nvar b bool\n", 1},
		"whoever":                       {"a.go", "package a\n\n// Whoever calls it, whoever reads it.\n", 1},
		"is told of":                    {"a.go", "package a\n\n// b is told of c.\n", 1},
		"word of":                       {"a.go", "package a\n\n// A word of warning.\n", 1},
		"reports whether":               {"a.go", "package a\n\n// b reports whether the password of c is good.\n", 0},
		"the phrases in a string":       {"a.go", "package a\n\nconst b = \"whoever tells if\"\n", 0},
		"whoever in JavaScript":         {"a.js", "  // Whoever is inside.\nconst b = 'whoever' // c\n", 1},
		"a wide line of JavaScript":     {"a.js", "// " + long + "word\n", 0},
		"the phrases in Markdown":       {"a.md", "// Whoever reads this.\n", 0},
	} {
		if got := faults(c.file, []byte(c.text)); len(got) != c.want {
			t.Errorf("%s: %d faults, want %d: %q", name, len(got), c.want, got)
		}
	}
}

// remark matches a line of JavaScript that is a comment.
var remark = regexp.MustCompile(`^\s*(//|/?\*)`)

// faults returns what is wrong with a file of Go, Markdown or JavaScript, each as "line: fault".
func faults(name string, text []byte) (all []string) {
	if filepath.Ext(name) == ".js" {
		for i, line := range strings.Split(string(text), "\n") {
			if found := dialect.FindString(line); remark.MatchString(line) && found != "" {
				all = append(all, fmt.Sprintf("%d: %q in a comment", i+1, found))
			}
		}
		return all
	}
	markdown, fenced := filepath.Ext(name) == ".md", false
	for i, line := range strings.Split(string(text), "\n") {
		if markdown && fences.MatchString(line) {
			fenced = !fenced
		}
		width, table := utf8.RuneCountInString(line), strings.HasPrefix(strings.TrimSpace(line), "|")
		if width > columns && !(markdown && (fenced || table)) && !address.MatchString(line) {
			all = append(all, fmt.Sprintf("%d: %d columns, over %d", i+1, width, columns))
		}
	}
	if markdown {
		return all
	}
	files := token.NewFileSet()
	var s scanner.Scanner
	s.Init(files.AddFile(name, -1, len(text)), text, nil, scanner.ScanComments)
	for pos, kind, comment := s.Scan(); kind != token.EOF; pos, kind, comment = s.Scan() {
		if found := dialect.FindString(comment); kind == token.COMMENT && found != "" {
			all = append(all, fmt.Sprintf("%d: %q in a comment", files.Position(pos).Line, found))
		}
	}
	return all
}
