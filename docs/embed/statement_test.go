package embed_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	site "foyer/docs/embed/go"
	"foyer/internal/testkit/skip"
)

// said are statements of the front door, and whom a site is to see in each: nobody where Visitor is empty.
type said struct {
	Zone, Key  string
	Statements []struct{ Is, Statement, Visitor string }
}

func statements(t *testing.T) (v said) {
	t.Helper()
	text, err := os.ReadFile("../../testdata/embed/statement.json")
	if err == nil {
		err = json.Unmarshal(text, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// tells checks every statement against a server that answers with the visitor, or with 403.
func (v said) tells(t *testing.T, url string) {
	t.Helper()
	for _, c := range v.Statements {
		r, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Foyer-Statement", c.Statement)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		want, status := c.Visitor, http.StatusOK
		if want == "" {
			want, status = string(body), http.StatusForbidden
		}
		if res.StatusCode != status || string(body) != want {
			t.Errorf("%s: %d %s", c.Is, res.StatusCode, body)
		}
	}
}

func TestStatementsInGo(t *testing.T) {
	v := statements(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		visitor := site.VisitorOf(r.Header.Get("X-Foyer-Statement"), v.Zone, v.Key, time.Now())
		if visitor == "" {
			w.WriteHeader(http.StatusForbidden)
		}
		fmt.Fprint(w, visitor)
	}))
	defer server.Close()
	v.tells(t, server.URL)
}

func TestStatementsInJavaScript(t *testing.T) {
	v, port := statements(t), freePort(t)
	runs(t, "node", "install Node", port, nil, "-e", fmt.Sprintf(`
const { visitorOf } = require('./javascript/statement.js');
require('node:http').createServer((request, response) => {
  const visitor = visitorOf(request.headers['x-foyer-statement'] || '', %q, %q);
  response.statusCode = visitor ? 200 : 403;
  response.end(visitor);
}).listen(%d, '127.0.0.1');`, v.Zone, v.Key, port))
	v.tells(t, address(port))
}

func TestStatementsInPython(t *testing.T) {
	v, port := statements(t), freePort(t)
	runs(t, "python3", "apt-get install python3", port, nil, "-B", "-c", fmt.Sprintf(`
import sys; sys.path.insert(0, 'python')
from wsgiref.simple_server import make_server
from statement import visitor_of
def site(environ, start_response):
    visitor = visitor_of(environ.get('HTTP_X_FOYER_STATEMENT', ''), %q, %q)
    start_response('200 OK' if visitor else '403 Forbidden', [])
    return [visitor.encode()]
make_server('127.0.0.1', %d, site).serve_forever()`, v.Zone, v.Key, port))
	v.tells(t, address(port))
}

func TestStatementsInPHP(t *testing.T) {
	v, port := statements(t), freePort(t)
	sample, err := filepath.Abs("php/statement.php")
	if err != nil {
		t.Fatal(err)
	}
	page := filepath.Join(t.TempDir(), "index.php")
	script := fmt.Sprintf(`<?php require '%s';
$visitor = visitor_of($_SERVER['HTTP_X_FOYER_STATEMENT'] ?? '', '%s', '%s');
if ($visitor === '') http_response_code(403);
echo $visitor;`, sample, v.Zone, v.Key)
	if err := os.WriteFile(page, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	runs(t, "php", "apt-get install php-cli", port, nil, "-S", fmt.Sprintf("127.0.0.1:%d", port), page)
	v.tells(t, address(port))
}

func TestStatementsInNginx(t *testing.T) {
	const module = "/usr/lib/nginx/modules/ngx_http_js_module.so"
	if _, err := os.Stat(module); err != nil {
		skip.Because(t, "nginx's njs is missing: apt-get install libnginx-mod-http-js")
	}
	v, port := statements(t), freePort(t)
	folder, err := filepath.Abs("nginx")
	if err != nil {
		t.Fatal(err)
	}
	nginx(t, "nginx/statement.conf", "load_module "+module+";\n", port, "FOLDER", folder, "FOYER_KEY", v.Key)
	v.tells(t, address(port))
}
