package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// app is a program as visitor: it keeps its tokens itself and sends them in headers.
type app struct {
	h               *hall
	visitor, access string
}

// answer is a response.
type answer struct {
	Status int
	Header http.Header
	Body   string
	JSON   struct {
		Type, Title, Code, Zone, State, Key, Ref, Register, Enter string
		VisitorToken, AccessToken, RequestID                      string
		Status                                                    json.RawMessage
		RetryAfter, Lane                                          int
		RegisteredAt                                              int64
	}
}

// client follows nothing and remembers nothing.
var client = &http.Client{
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Transport:     &http.Transport{MaxIdleConnsPerHost: 50},
	Timeout:       40 * time.Second,
}

// ask sends a request through the front door; headers are "Name: value".
func ask(t testing.TB, method, path, body string, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequest(method, cloud.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			req.Host = value
			continue
		}
		req.Header.Add(name, value)
	}
	return send(t, req)
}

// send sends a request and reads the whole answer.
func send(t testing.TB, req *http.Request) (a answer) {
	t.Helper()
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	a.Status, a.Header, a.Body = res.StatusCode, res.Header, string(text)
	_ = json.Unmarshal(text, &a.JSON)
	return a
}

// arrives is a new app with a visitor token.
func (h *hall) arrives() *app {
	h.t.Helper()
	p := &app{h: h}
	a := p.open()
	if a.Status != http.StatusTooManyRequests || p.visitor == "" {
		h.t.Fatalf("arriving at %s: %d %s", h.name, a.Status, a.Body)
	}
	return p
}

// joins is a new app that has registered.
func (h *hall) joins() *app {
	h.t.Helper()
	p := h.arrives()
	if a := p.post("register", ""); a.Status != http.StatusOK {
		h.t.Fatalf("registering at %s: %d %s", h.name, a.Status, a.Body)
	}
	return p
}

// entersAlone is a new app that is inside.
func (h *hall) entersAlone() *app {
	h.t.Helper()
	p := h.joins()
	p.goesIn()
	return p
}

// open asks for the protected page.
func (p *app) open() answer {
	p.h.t.Helper()
	return p.send("GET", p.h.page(), "")
}

func (p *app) post(what, body string) answer {
	p.h.t.Helper()
	return p.send("POST", "/foyer/zones/"+p.h.name+"/"+what, body)
}

func (p *app) send(method, path, body string, headers ...string) answer {
	p.h.t.Helper()
	headers = append(headers, "Accept: application/json")
	if p.visitor != "" {
		headers = append(headers, "X-Foyer-Visitor: "+p.visitor)
	}
	if p.access != "" {
		headers = append(headers, "X-Foyer-Access: "+p.access)
	}
	a := ask(p.h.t, method, path, body, headers...)
	if a.JSON.VisitorToken != "" {
		p.visitor = a.JSON.VisitorToken
	}
	if a.JSON.AccessToken != "" {
		p.access = a.JSON.AccessToken
	}
	return a
}

// goesIn tries until it is let in.
func (p *app) goesIn() {
	p.h.t.Helper()
	until(p.h.t, soon, "an app to be let in", func() bool {
		a := p.post("enter", "")
		if a.Status != http.StatusOK && a.JSON.Code != "not_called" {
			p.h.t.Fatalf("entering: %d %s", a.Status, a.Body)
		}
		return a.Status == http.StatusOK
	})
}

func (p *app) leaves() {
	p.h.t.Helper()
	if a := p.post("leave", ""); a.Status != http.StatusOK {
		p.h.t.Fatalf("leaving: %d %s", a.Status, a.Body)
	}
}
