package ledger

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// lacks is what Aurora DSQL doesn't have, or not in the form that PostgreSQL has.
var lacks = map[string]*regexp.Regexp{
	"sequences":                     regexp.MustCompile(`(?i)\b(small|big)?serial\d?\b|\bsequence\b|\bnextval\b`),
	"identity columns":              regexp.MustCompile(`(?i)\bgenerated\b.*\bidentity\b`),
	"foreign keys":                  regexp.MustCompile(`(?i)\breferences\b|\bforeign\s+key\b`),
	"exclusion constraints":         regexp.MustCompile(`(?i)\bexclude\b`),
	"triggers":                      regexp.MustCompile(`(?i)\btrigger\b`),
	"functions in other languages":  regexp.MustCompile(`(?i)\blanguage\b|\bdo\s+\$`),
	"temporary and unlogged tables": regexp.MustCompile(`(?i)\btemp(orary)?\b|\bunlogged\b`),
	"materialized views":            regexp.MustCompile(`(?i)\bmaterialized\b`),
	"partitions and inheritance":    regexp.MustCompile(`(?i)\bpartition\s+(by|of)\b|\binherits\b`),
	"tables made of queries":        regexp.MustCompile(`(?i)create\s+table\s+[^(]*\bas\s+select\b`),
	"indexes made while writers wait": regexp.MustCompile(
		`(?i)create\s+(unique\s+)?index\s+(concurrently|if|\w+\s+on)`,
	),
	"types, extensions and more databases": regexp.MustCompile(
		`(?i)create\s+(type|extension|database|tablespace|domain)\b`,
	),
	"truncating, vacuuming and savepoints": regexp.MustCompile(`(?i)\b(truncate|vacuum|savepoint)\b`),
	"collations":                           regexp.MustCompile(`(?i)\bcollate\b`),
	"JSON columns":                         regexp.MustCompile(`(?i)\bjsonb?\b`),
	"changes of columns but plain new ones": regexp.MustCompile(
		`(?i)alter\s+table\s.*\b(drop|alter)\s+column\b|` +
			`alter\s+table\s.*\badd\s.*\b(default|not\s+null|check|constraint|unique|primary)\b`,
	),
	"rules, and views that are written to": regexp.MustCompile(
		`(?i)create\s+(or\s+replace\s+)?rule\b|\bwith\s+(\w+\s+)?check\s+option\b|\brecursive\s+view\b`,
	),
	"transactions of several statements": regexp.MustCompile(`(?i)\b(begin|commit|start\s+transaction)\b`),
}

var comment = regexp.MustCompile(`--[^\n]*`)

func TestMigrationsStayWithinWhatDSQLAllows(t *testing.T) {
	all, err := list()
	if err != nil || len(all) == 0 {
		t.Fatalf("%d migrations, %v", len(all), err)
	}
	for i, m := range all {
		name := fmt.Sprintf("migrations/%03d_%s.sql", i+1, m.name)
		if text, err := migrations.ReadFile(name); err != nil || m.version != i+1 || string(text) != m.statement {
			t.Errorf("step %d is not %s: %v", m.version, name, err)
		}
	}
	for _, grant := range grants {
		if strings.Contains(grant, ";") || !strings.HasPrefix(grant, "GRANT ") {
			t.Errorf("%s: one grant a statement", grant)
		}
	}
	for _, m := range append(all, migration{name: "noted", statement: noted}) {
		text := comment.ReplaceAllString(m.statement, "")
		if strings.Contains(text, ";") {
			t.Errorf("%s: more than one statement in a transaction", m.name)
		}
		if n := len(regexp.MustCompile(`(?i)\b(create|alter|drop)\s`).FindAllString(text, -1)); n != 1 {
			t.Errorf("%s: %d statements of DDL", m.name, n)
		}
		for what, found := range lacks {
			if found.MatchString(text) {
				t.Errorf("%s: DSQL has no %s", m.name, what)
			}
		}
	}
}

// The rules above refuse what they should.
func TestWhatDSQLLacksIsFound(t *testing.T) {
	for what, text := range map[string]string{
		"sequences":        "CREATE TABLE a (id bigserial)",
		"identity columns": "CREATE TABLE a (id bigint GENERATED ALWAYS AS IDENTITY)",
		"foreign keys":     "CREATE TABLE a (b text REFERENCES c)", "triggers": "CREATE TRIGGER x",
		"functions in other languages":          "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql",
		"temporary and unlogged tables":         "CREATE TEMP TABLE a (b int)",
		"materialized views":                    "CREATE MATERIALIZED VIEW a AS SELECT 1",
		"partitions and inheritance":            "CREATE TABLE a (b int) PARTITION BY HASH (b)",
		"indexes made while writers wait":       "CREATE INDEX IF NOT EXISTS x ON a (b)",
		"types, extensions and more databases":  "CREATE TYPE a AS ENUM ('b')",
		"tables made of queries":                "CREATE TABLE a AS SELECT 1",
		"truncating, vacuuming and savepoints":  "TRUNCATE a",
		"exclusion constraints":                 "CREATE TABLE a (b int, EXCLUDE (b WITH =))",
		"collations":                            `CREATE TABLE a (b text COLLATE "de")`,
		"JSON columns":                          "CREATE TABLE a (b jsonb)",
		"transactions of several statements":    "BEGIN",
		"changes of columns but plain new ones": "ALTER TABLE a ADD COLUMN b text NOT NULL",
		"rules, and views that are written to":  "CREATE VIEW a AS SELECT 1 WITH LOCAL CHECK OPTION",
	} {
		if !lacks[what].MatchString(text) {
			t.Errorf("%s: %q passes", what, text)
		}
	}
	if len(lacks) != 18 {
		t.Error("a rule is not tested")
	}
}

// Nothing in this package changes or removes a row of the books. Names lie beside them, and can be erased.
func TestTheBooksAreOnlyAddedTo(t *testing.T) {
	files, _ := filepath.Glob("*.go")
	sql, _ := filepath.Glob("migrations/*.sql")
	for _, file := range append(files, sql...) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if file == "people.go" {
			if strings.Contains(string(text), "ledger_entries") {
				t.Error("people.go touches the books")
			}
			continue
		}
		if !strings.HasSuffix(file, "_test.go") &&
			regexp.MustCompile(`\bUPDATE\b|\bDELETE\b|\bDO UPDATE\b|\bMERGE\b`).Match(text) {
			t.Errorf("%s changes rows", file)
		}
	}
}
