package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// Every command that the runbook and the other pages ask people to type exists, with the flags that they name.
func TestTheRunbooksCommandsExist(t *testing.T) {
	t.Chdir("../..") // files are named as from the module's folder
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	var text []byte
	for _, page := range append(pages, "README.md") {
		more, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, more...)
	}
	parsed := 0
	for _, line := range commandsIn(string(text)) {
		parser, err := kong.New(&commands{}, kong.Exit(func(int) {}), kong.Writers(&strings.Builder{},
			&strings.Builder{}))
		if err != nil {
			t.Fatal(err)
		}
		// A file that isn't there may be the reader's own.
		if _, err := parser.Parse(words(line)[1:]); err != nil && !errors.Is(err, fs.ErrNotExist) &&
			!strings.Contains(line, "--help") {
			t.Errorf("%s: %v", line, err)
		}
		parsed++
	}
	if parsed < 20 {
		t.Errorf("found %d commands only", parsed)
	}
}

// shell matches what belongs to the shell: comments, and files to read from or write to.
var shell = regexp.MustCompile(`\s+[#<>].*$`)

// commandsIn is every command of ours in a page: on a line of its own, or in backquotes with what it is given.
func commandsIn(page string) (found []string) {
	fenced := false
	for line := range strings.Lines(page) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "```"):
			fenced = !fenced
		case fenced && strings.HasPrefix(line, "foyerctl "):
			found = append(found, line[:len(line)-len(shell.FindString(line))])
		case !fenced:
			for i, part := range strings.Split(line, "`") {
				if i%2 == 1 && strings.HasPrefix(part, "foyerctl ") && strings.Count(part, " ") > 1 {
					found = append(found, part)
				}
			}
		}
	}
	return found
}

// words takes a line apart as a shell does, as far as double quotes go.
func words(line string) (all []string) {
	for i, part := range strings.Split(line, `"`) {
		if i%2 == 1 {
			all = append(all, part)
		} else {
			all = append(all, strings.Fields(part)...)
		}
	}
	return all
}
