// Package embed_test runs the samples for protected sites against the vectors in testdata/embed.
package embed_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	site "foyer/docs/embed/go"
	"foyer/internal/testkit/skip"
)

// vectors are requests, and whether a site lets them in.
type vectors struct {
	Secrets  []string
	Requests []struct {
		Is      string
		Given   *string
		Allowed bool
	}
}

func read(t *testing.T) (v vectors) {
	t.Helper()
	text, err := os.ReadFile("../../testdata/embed/site.json")
	if err == nil {
		err = json.Unmarshal(text, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// holds checks every vector against a server.
func holds(t *testing.T, v vectors, url string) {
	t.Helper()
	for _, c := range v.Requests {
		r, err := http.NewRequestWithContext(t.Context(), "GET", url+"/a", nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.Given != nil {
			r.Header["X-Foyer-Site"] = []string{*c.Given}
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if want := map[bool]int{true: 200, false: 403}[c.Allowed]; res.StatusCode != want {
			t.Errorf("%s: %d %s, want %d", c.Is, res.StatusCode, body, want)
		}
	}
}

func TestTheGoSample(t *testing.T) {
	v := read(t)
	inside := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "inside") })
	server := httptest.NewServer(site.FromFrontDoor(v.Secrets, inside))
	defer server.Close()
	holds(t, v, server.URL)
}

func TestTheJavaScriptSample(t *testing.T) {
	v, port := read(t), freePort(t)
	script := fmt.Sprintf(`
const { fromFrontDoor } = require('./javascript/site.js');
require('node:http').createServer((request, response) =>
  fromFrontDoor(%s)(request, response, () => response.end('inside'))).listen(%d, '127.0.0.1');`, list(v), port)
	runs(t, "node", "install Node", port, nil, "-e", script)
	holds(t, v, address(port))
}

func TestThePythonSample(t *testing.T) {
	v, port := read(t), freePort(t)
	script := fmt.Sprintf(`
import sys; sys.path.insert(0, 'python')
from wsgiref.simple_server import make_server
from site_secret import from_front_door
def inside(environ, start_response):
    start_response('200 OK', [])
    return [b'inside']
make_server('127.0.0.1', %d, from_front_door(%s, inside)).serve_forever()`, port, list(v))
	runs(t, "python3", "apt-get install python3", port, nil, "-B", "-c", script)
	holds(t, v, address(port))
}

func TestThePHPSample(t *testing.T) {
	v, port := read(t), freePort(t)
	folder := t.TempDir()
	sample, err := filepath.Abs("php/site.php")
	if err != nil {
		t.Fatal(err)
	}
	page := "<?php require '" + sample + "'; echo 'inside';"
	if err := os.WriteFile(filepath.Join(folder, "index.php"), []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	runs(t, "php", "apt-get install php-cli", port, []string{"FOYER_SITE_SECRETS=" + strings.Join(v.Secrets, " ")},
		"-S", fmt.Sprintf("127.0.0.1:%d", port), filepath.Join(folder, "index.php"))
	holds(t, v, address(port))
}

func TestTheNginxSample(t *testing.T) {
	v, port := read(t), freePort(t)
	nginx(t, "nginx/site.conf", "", port, "SITE_SECRET_A", v.Secrets[0], "SITE_SECRET_B", v.Secrets[1])
	holds(t, v, address(port))
}

// nginx runs a sample's part of the configuration, with other words for some in it.
func nginx(t *testing.T, sample, modules string, port int, words ...string) {
	t.Helper()
	text, err := os.ReadFile(sample)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	file := filepath.Join(folder, "nginx.conf")
	conf := modules + "daemon off; master_process off; pid " + folder + "/pid; error_log stderr; events { }\n" +
		"http { access_log off; client_body_temp_path " + folder + "; proxy_temp_path " + folder +
		"/p; fastcgi_temp_path " + folder + "/f; uwsgi_temp_path " + folder + "/u; scgi_temp_path " + folder + "/s;\n" +
		strings.NewReplacer(append(words, "SITE_PORT", fmt.Sprint(port))...).Replace(string(text)) + "}\n"
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	runs(t, "nginx", "apt-get install nginx-light", port, nil, "-p", folder, "-c", file)
}

// list is the secrets as Python and JavaScript write a list of texts.
func list(v vectors) string {
	text, _ := json.Marshal(v.Secrets) // strings always encode
	return string(text)
}

func address(port int) string { return fmt.Sprintf("http://127.0.0.1:%d", port) }

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// runs starts a server and waits until it listens. It ends with the test.
func runs(t *testing.T, program, remedy string, port int, env []string, args ...string) {
	t.Helper()
	skip.Need(t, program, remedy)
	cmd := exec.Command(program, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), env...), t.Output(), t.Output()
	cmd.WaitDelay = time.Second // children may keep the output open
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-ended
	})
	for range 200 {
		select {
		case err := <-ended:
			ended <- err
			t.Fatal(errors.Join(fmt.Errorf("%s ended", program), err))
		case <-time.After(50 * time.Millisecond):
		}
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			conn.Close()
			return
		}
	}
	t.Fatalf("%s doesn't listen", program)
}
