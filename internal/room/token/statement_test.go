package token

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

const statementsFile = "../../../testdata/embed/statement.json"

// statements is testdata/embed/statement.json: what samples for protected sites must take and refuse.
type statements struct {
	Zone       string             `json:"zone"`
	Key        string             `json:"key"`
	Statements []statementForSite `json:"statements"`
}

// statementForSite is one statement. An empty Visitor means that it is refused.
type statementForSite struct {
	Is        string `json:"is"`
	Statement string `json:"statement"`
	Visitor   string `json:"visitor"`
}

const claimsForSite = `{"aud":"main","exp":4102444800,"iat":1790000000,"ref":"12.3",` +
	`"sub":"a1b2c30405060708090a0b0c0d0e0f10"}`

func makeStatements() statements {
	r := ring(testSecret)
	key := r.StatementKey("main")
	body := func(head, claims string) string { return head + "." + b64.EncodeToString([]byte(claims)) }
	says := func(claims string) string {
		text := body(header(statement, r.lasting.id), claims)
		return text + "." + signature(key, text)
	}
	with := func(old, new string) string { return says(strings.Replace(claimsForSite, old, new, 1)) }
	good := says(claimsForSite)
	part := strings.Split(good, ".")
	none := body(b64.EncodeToString([]byte(`{"alg":"none"}`)), claimsForSite)
	return statements{Zone: "main", Key: key, Statements: []statementForSite{
		{"genuine", good, "a1b2c30405060708090a0b0c0d0e0f10"},
		{"of another visitor", with("a1b2", "beef"), "beefc30405060708090a0b0c0d0e0f10"},
		{"over", with("4102444800", "1790000120"), ""},
		{"of another zone, though under this one's key", with(`"main"`, `"other"`), ""},
		{"of another zone", ring(testSecret).sign(statement, "other", claimsForSite), ""},
		{"under a key unheard of", ring(lostSecret).sign(statement, "main", claimsForSite), ""},
		{"an access token", ring(testSecret).sign(access, "main", claimsForSite), ""},
		{"of somebody else than was signed", part[0] + "." +
			b64.EncodeToString([]byte(strings.Replace(claimsForSite, "a1b2", "beef", 1))) + "." + part[2], ""},
		{"without its signature", part[0] + "." + part[1] + ".", ""},
		{"without a point before its signature", part[0] + "." + part[1], ""},
		{"by no algorithm", none + ".", ""},
		{"signed with nothing", none + "." + signature("", none), ""},
		{"longer by a character", good + "A", ""},
		{"shorter by a character", good[:len(good)-1], ""},
		{"sent twice", good + ", " + good, ""},
		{"empty", "", ""},
		{"points only", "..", ""},
		{"no text of base64", "%.%.%", ""},
		{"not of claims, though signed", says("7"), ""},
		{"of nobody, though signed", says("{}"), ""},
	}}
}

func TestStatements(t *testing.T) {
	text := append(must(json.MarshalIndent(makeStatements(), "", " ")), '\n')
	if *update {
		if err := os.WriteFile(statementsFile, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if stored, err := os.ReadFile(statementsFile); err != nil || !bytes.Equal(stored, text) {
		t.Errorf("%s is not what the code makes (%v): go generate ./internal/room/token", statementsFile, err)
	}
}
