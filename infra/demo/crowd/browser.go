package crowd

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// browser is one visitor's: its cookies, over connections that all share; or an app, which keeps the tokens itself.
type browser struct {
	client *http.Client
	plain  *http.Client // without cookies and redirects: for what is public, and for other sites
	page   *url.URL     // the protected page
	zone   string
	jar    *Jar

	app             bool
	visitor, access string // an app's tokens
}

func newBrowser(shared http.RoundTripper, page *url.URL, zone string) *browser {
	j := &Jar{}
	plain := &http.Client{Transport: shared,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	client := &http.Client{Transport: shared, Jar: j, CheckRedirect: func(r *http.Request, before []*http.Request) error {
		if r.URL.Host != page.Host || len(before) >= 10 {
			return http.ErrUseLastResponse // to sign in at another host, say
		}
		return nil
	}}
	return &browser{client: client, plain: plain, page: page, zone: zone, jar: j}
}

// answer is a response; it has a body only from the zone's interface.
type answer struct {
	status     int
	body       []byte
	retryAfter time.Duration
	caching    string // Cache-Control
}

func (a answer) code() string {
	var problem struct {
		Code string `json:"code"`
	}
	_ = json.Unmarshal(a.body, &problem)
	return problem.Code
}

// waitingPage marks the waiting room, as opposed to the page behind it.
var waitingPage = regexp.MustCompile(`data-phase=|/foyer/site/wait/`)

// WaitingRoom reports whether the waiting room answers by its page.
func WaitingRoom(page []byte) bool { return waitingPage.Match(page) }

// waits reports whether the waiting room answers: by its page, or to an app.
func (a answer) waits() bool { return a.code() == "waiting" || WaitingRoom(a.body) }

// doorPage marks the page that asks to go in.
var doorPage = regexp.MustCompile(`data-phase="?entering`)

// known reports whether the edge has given the visitor a token.
func (b *browser) known() bool {
	_, has := b.jar.cookies.Load("__Host-foyer-v-" + b.zone)
	return b.visitor != "" || has
}

// open loads the protected page and reports whether it was shown, and not the waiting room. A site that leads on to
// another host has shown it.
func (b *browser) open(ctx context.Context) (shown bool, a answer, err error) {
	shown, a, err = b.load(ctx)
	if err != nil || !doorPage.Match(a.body) {
		return shown, a, err
	}
	if a, err = b.post(ctx, "enter", map[string]bool{"direct": true}); err != nil || a.status != http.StatusOK {
		return false, a, err
	}
	return b.load(ctx)
}

func (b *browser) load(ctx context.Context) (shown bool, a answer, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.page.String(), nil)
	if err != nil {
		return false, a, err
	}
	if b.app {
		req.Header.Set("Accept", "application/json")
	} else {
		req.Header.Set("Accept", "text/html")
		req.Header.Set("Sec-Fetch-Mode", "navigate")
	}
	a, err = b.do(req)
	passed := a.status == http.StatusOK || a.status/100 == 3
	return err == nil && passed && !waitingPage.Match(a.body), a, err
}

func (b *browser) get(ctx context.Context, what string) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.api(what), nil)
	if err != nil {
		return answer{}, err
	}
	return b.do(req)
}

// post sends JSON; headers are names and values.
func (b *browser) post(ctx context.Context, what string, body any, headers ...string) (answer, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return answer{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.api(what), bytes.NewReader(text))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	if !b.app {
		req.Header.Set("Origin", b.origin())
		req.Header.Set("Sec-Fetch-Mode", "cors")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return b.do(req)
}

func (b *browser) do(req *http.Request) (answer, error) {
	b.show(req)
	a, err := send(b.client, req)
	b.keep(a.body)
	return a, err
}

// maxBody bounds what is read of an answer: a large section's map.
const maxBody = 1 << 20

func send(client *http.Client, req *http.Request) (answer, error) {
	resp, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return answer{}, err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 4<<20)) // keeps the connection
	seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
	return answer{resp.StatusCode, body, time.Duration(seconds) * time.Second, resp.Header.Get("Cache-Control")}, nil
}

// public reads what is the same for everybody.
func (b *browser) public(ctx context.Context, what string) (answer, error) {
	return b.elsewhere(ctx, http.MethodGet, b.api(what), "")
}

// elsewhere opens a page, or sends its form, without cookies or tokens.
func (b *browser) elsewhere(ctx context.Context, method, address, form string) (answer, error) {
	if method == http.MethodGet {
		form = ""
	}
	req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form))
	if err != nil {
		return answer{}, err
	}
	if form != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return send(b.plain, req)
}

// order reads or changes an order, which its secret opens.
func (b *browser) order(ctx context.Context, method, what, secret string) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, b.origin()+"/foyer/orders/"+what, nil)
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("X-Foyer-Order-Secret", secret)
	return send(b.plain, req)
}

// show and keep are an app's way with tokens.
func (b *browser) show(req *http.Request) {
	for header, token := range map[string]string{"X-Foyer-Visitor": b.visitor, "X-Foyer-Access": b.access} {
		if token != "" {
			req.Header.Set(header, token)
		}
	}
}

func (b *browser) keep(body []byte) {
	var tokens struct{ VisitorToken, AccessToken string }
	if !b.app || json.Unmarshal(body, &tokens) != nil {
		return
	}
	if tokens.VisitorToken != "" {
		b.visitor = tokens.VisitorToken
	}
	if tokens.AccessToken != "" {
		b.access = tokens.AccessToken
	}
}

func (b *browser) origin() string { return b.page.Scheme + "://" + b.page.Host }

func (b *browser) api(what string) string { return b.origin() + "/foyer/zones/" + b.zone + "/" + what }
