package local

import (
	"bytes"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"foyer/infra/edge"
	"foyer/infra/local/cdn"
	"foyer/infra/local/kvs"
	"foyer/infra/topology"
)

// Those who come by https stay there, by whatever name they came: nothing leads them to an address of this machine.
func TestTheDoorForHTTPSLeadsToItself(t *testing.T) {
	built, err := edge.Build(edge.Options{DefaultZone: "main", Hosted: true})
	if err != nil {
		t.Fatal(err)
	}
	runner, err := edge.New(built, kvs.New(StoreARN), edge.RunnerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	proto := ""
	api := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"checkoutUrl":"http://127.0.0.1:7/pay/cs_1","back":"http://localhost:6/foyer/site/"}`)
	})
	site := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		proto = r.Header.Get(topology.HeaderForwardedProto)
	})
	c := &Cloud{URL: "http://localhost:6", inside: &Inside{Address: "http://127.0.0.1:7"}, CDN: cdn.New(cdn.Config{
		Gate: runner, DefaultZone: "main", API: api, Socket: api, Origin: site,
		Static:        map[string][]byte{"wait/index.html": []byte("the room")},
		OriginHeaders: map[string]string{topology.HeaderForwardedProto: "http"},
	})}
	s := httptest.NewTLSServer(http.HandlerFunc(c.overTLS))
	defer s.Close()
	get := func(path string) (*http.Response, string) {
		t.Helper()
		res, err := s.Client().Get(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		return res, string(body)
	}
	_, body := get("/foyer/orders/o1")
	if want := `{"checkoutUrl":"` + s.URL + paying + `/pay/cs_1","back":"` + s.URL + `/foyer/site/"}`; body != want {
		t.Errorf("the order says %s, want %s", body, want)
	}
	if res, _ := get("/foyer/site/wait/index.html"); res.Header.Get("Strict-Transport-Security") != "" {
		t.Error("the browser is told to use https for all of this machine's ports")
	}
	if get("/robots.txt"); proto != "https" {
		t.Errorf("the site is told that viewers come by %q", proto)
	}
}

func TestACertificateIsKeptWhileItFits(t *testing.T) {
	file, now := filepath.Join(t.TempDir(), "here", "https.pem"), time.Now()
	names := []string{"localhost", "127.0.0.1", "192.0.2.7"}
	read := func() []byte {
		t.Helper()
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	first, err := certificate(file, names, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := first.Leaf.VerifyHostname(name); err != nil {
			t.Error(err)
		}
	}
	roots := x509.NewCertPool()
	roots.AddCert(first.Leaf)
	if _, err := first.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: "localhost", CurrentTime: now}); err != nil {
		t.Error(err)
	}
	kept := read()
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others can read the key: %v %v", info.Mode(), err)
	}
	for _, c := range []struct {
		name  string
		names []string
		at    time.Time
		kept  bool
	}{
		{"the same", names, now.Add(time.Hour), true},
		{"another network", append([]string{"198.51.100.3"}, names...), now, false},
		{"about to end", names, now.Add(certified), false},
	} {
		if _, err := certificate(file, c.names, c.at); err != nil {
			t.Fatal(err)
		}
		if same := bytes.Equal(read(), kept); same != c.kept {
			t.Errorf("%s: kept is %t", c.name, same)
		}
		kept = read()
	}
	if !strings.Contains(string(kept), "PRIVATE KEY") {
		t.Error("the key isn't in the file")
	}
}
