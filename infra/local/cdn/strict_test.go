package cdn_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"foyer/infra/local/cdn"
)

// What CloudFront refuses before any function runs: a GET with a body, and a request that names no host.
func TestCDNTakesTheRequestsThatCloudFrontTakes(t *testing.T) {
	d := newDoor(t, "")
	inside := "Cookie: __Host-foyer-a-main=" + d.access()
	for _, body := range []string{"Content-Length: 2\r\n\r\n{}", "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"} {
		for _, path := range []string{"/page", "/foyer/site/assets/a.js"} {
			if res, _ := d.send("GET "+path, inside, body); res.StatusCode != http.StatusForbidden {
				t.Errorf("GET %s with a body: %d", path, res.StatusCode)
			}
		}
	}
	if len(d.origin)+len(d.api) != 0 {
		t.Fatalf("%d requests reached the origin, %d the API", len(d.origin), len(d.api))
	}
	for _, method := range []string{"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"} {
		if res, _ := d.send(method+" /page", inside, "Content-Length: 0"); res.StatusCode != http.StatusTeapot {
			t.Errorf("%s: %d", method, res.StatusCode)
		}
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(d.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second)) // a hang is to say where
	fmt.Fprintf(conn, "GET /page HTTP/1.0\r\n%s\r\n\r\n", inside)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || res.StatusCode != http.StatusBadRequest {
		t.Errorf("without a host: %v %v", res, err)
	}
}

// Some headers are between the viewer and CloudFront: no function sees them, and no origin gets them.
func TestHeadersThatGoNoFurther(t *testing.T) {
	d := newDoor(t, "")
	d.send("POST /page", "Cookie: __Host-foyer-a-main="+d.access(), "Content-Length: 0", "Proxy-Authorization: Basic eA==",
		"Proxy-Connection: keep-alive", "TE: trailers", "X-Edge-Location: here", "X-Real-IP: 192.0.2.7",
		"X-Forwarded-Proto: gopher", "Expect: 100-continue", "X-Forwarded-For: 192.0.2.7", "Tenant: kept", "X-Edges: kept")
	if len(d.origin) != 1 {
		t.Fatalf("%d requests reached the origin", len(d.origin))
	}
	h := d.origin[0].Header
	for _, name := range []string{
		"Proxy-Authorization", "Proxy-Connection", "Te", "X-Edge-Location", "X-Real-Ip", "X-Forwarded-Proto", "Expect",
	} {
		if got := h.Get(name); got != "" {
			t.Errorf("the origin got %s: %s", name, got)
		}
	}
	from := h.Get("X-Forwarded-For")
	if h.Get("Tenant") != "kept" || h.Get("X-Edges") != "kept" || !strings.HasPrefix(from, "192.0.2.7") {
		t.Errorf("the origin got %v", h)
	}
}

// A site that is too slow is given up, and one that answers with more headers than CloudFront takes isn't heard.
func TestCDNGivesUpOnASite(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			<-r.Context().Done()
			return
		}
		w.Header().Set("X-Long", strings.Repeat("a", 30_000))
	}))
	t.Cleanup(site.Close)
	address, err := url.Parse(site.URL)
	if err != nil {
		t.Fatal(err)
	}
	d := newDoor(t, "")
	d.site = cdn.NewOrigin(address, 50*time.Millisecond)
	inside := "Cookie: __Host-foyer-a-main=" + d.access()
	res, text := d.send("GET /slow", inside)
	if res.StatusCode != http.StatusGatewayTimeout || !strings.Contains(text, "could not be satisfied") {
		t.Errorf("a slow site: %d %s", res.StatusCode, text)
	}
	d.site = cdn.NewOrigin(address, 0)
	if res, _ := d.send("GET /headers", inside); res.StatusCode != http.StatusBadGateway {
		t.Errorf("30,000 bytes of headers: %d", res.StatusCode)
	}
}

// A body that comes in chunks says nothing of its size: it passes the edge function, and the API behind gets it whole.
func TestABodyInChunksIsForTheAPIToMeasure(t *testing.T) {
	d := newDoor(t, "")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.url+"/foyer/zones/main/orders",
		io.MultiReader(strings.NewReader(strings.Repeat("a", 1_500_000))))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if len(d.api) != 1 || len(d.api[0].TransferEncoding) == 0 {
		t.Errorf("%d: %d requests reached the API", res.StatusCode, len(d.api))
	}
	r, err = http.NewRequestWithContext(t.Context(), http.MethodPost, d.url+"/foyer/zones/main/orders",
		strings.NewReader(strings.Repeat("a", 1_500_000)))
	if err != nil {
		t.Fatal(err)
	}
	if res, err = http.DefaultTransport.RoundTrip(r); err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusRequestEntityTooLarge || len(d.api) != 1 {
		t.Errorf("with its length: %d, %d requests reached the API", res.StatusCode, len(d.api))
	}
}
