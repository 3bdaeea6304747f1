package site

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"foyer/internal/testkit/skip"
)

// names are what the pattern's group finds in a part of a source, in order of the alphabet.
func names(t *testing.T, file, from, to, pattern string) (all []string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, part, _ := strings.Cut(string(text), from)
	part, _, _ = strings.Cut(part, to)
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(part, -1) {
		all = append(all, m[1])
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// The types of the script for protected pages name what it offers and dispatches, and nothing else.
func TestTheTypesAreTheScripts(t *testing.T) {
	offered := names(t, "inside/inside.js", "window.foyer = {", "\n};", `(?m)^  (?:get )?(\w+)[:(]`)
	typed := names(t, "inside/inside.d.ts", "interface Foyer {", "\n}", `(?m)^  (?:readonly )?(\w+)[:(]`)
	if diff := cmp.Diff(offered, typed); diff != "" || len(typed) != 4 {
		t.Errorf("offered, and typed: %s", diff)
	}
	told := names(t, "inside/visit.js", "", "\x00", `\.tell\('(\w+)'`)
	typed = names(t, "inside/inside.d.ts", "interface WindowEventMap {", "\n}", `'foyer:(\w+)'`)
	if diff := cmp.Diff(told, typed); diff != "" || len(typed) != 4 {
		t.Errorf("dispatched, and typed: %s", diff)
	}
}

// A page that uses all of it passes the compiler, and one that uses it wrongly doesn't.
func TestTheTypesServeACompiler(t *testing.T) {
	skip.Need(t, "tsc", "npm install --global typescript@5.9.3")
	folder := t.TempDir()
	for name, text := range map[string][]byte{
		"inside.d.ts": read(t, build(t), "v1/inside.d.ts"),
		"page.ts": []byte(`/// <reference path="./inside.d.ts" />
addEventListener('foyer:ending', (e) => { const left: number = e.detail.endsIn; console.log(left); });
addEventListener('foyer:ended', (e) => e.preventDefault());
addEventListener('foyer:left', () => console.log(window.foyer.version === 1));
addEventListener('foyer:renewed', (e) => console.log(e.detail.endsIn - foyer.endsIn));
foyer.renew().then(() => foyer.leave()).then((left: boolean) => left);
// @ts-expect-error
foyer.endsIn = 7;
// @ts-expect-error
foyer.until;
`),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("tsc", "--noEmit", "--strict", "--target", "es2022", "page.ts")
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
