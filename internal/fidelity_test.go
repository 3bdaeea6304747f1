package internal_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var testDeclared = regexp.MustCompile(`(?m)^func (Test\w+)\(\w+ \*testing\.T\)`)

// testFiles returns the files that declare each test of the module, by the test's name.
func testFiles(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, folder := range []string{"functions", "infra", "internal"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			source, err := os.ReadFile(path)
			for _, m := range testDeclared.FindAllSubmatch(source, -1) {
				all[string(m[1])] = append(all[string(m[1])], path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// resolves reports whether there is a test of that name. The name of a subtest must stand in the file of its test.
func resolves(name string, files map[string][]string) bool {
	test, sub, hasSub := strings.Cut(name, "/")
	return slices.ContainsFunc(files[test], func(path string) bool {
		source, err := os.ReadFile(path)
		return err == nil && (!hasSub || strings.Contains(string(source), sub) ||
			strings.Contains(string(source), strings.ReplaceAll(sub, "_", " ")))
	})
}

// Every behaviour that docs/fidelity.md says the stand-ins play has a source and a test that exists.
func TestEveryRowOfTheFidelityListHasItsTest(t *testing.T) {
	rows, files := rowsOf(readDoc(t, "docs/fidelity.md"), "# Fidelity"), testFiles(t)
	if len(rows) == 0 {
		t.Fatal("docs/fidelity.md has no rows")
	}
	named := regexp.MustCompile("^`(Test[^`]+)`$")
	for _, row := range rows {
		if len(row) != 5 {
			t.Errorf("%d cells, want service, behaviour, source, how well, test: %q", len(row), row)
			continue
		}
		behaviour, source, how, test := row[1], row[2], row[3], row[4]
		if behaviour == "" || source == "" {
			t.Errorf("%q needs a behaviour and a source", row)
		}
		if how == "absent" {
			if test != "" {
				t.Errorf("%s: what is absent has no test, not %s", behaviour, test)
			}
			continue
		}
		if how != "exact" && how != "approximate" {
			t.Errorf("%s: %q is none of exact, approximate and absent", behaviour, how)
		}
		tests := strings.Split(test, ", ")
		for _, one := range tests {
			if m := named.FindStringSubmatch(one); m == nil || !resolves(m[1], files) {
				t.Errorf("%s: there is no test %s", behaviour, one)
			}
		}
	}
}

func TestARowWithoutItsTestIsNoticed(t *testing.T) {
	files := testFiles(t)
	for name, want := range map[string]bool{
		"TestEveryRowOfTheFidelityListHasItsTest": true, "TestEveryRowOfTheFidelityList": false,
		"TestARowWithoutItsTestIsNoticed/" + t.Name()[:4] + "!": false,
	} {
		if got := resolves(name, files); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
