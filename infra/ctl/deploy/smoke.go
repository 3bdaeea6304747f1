package deploy

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/coder/websocket"

	"foyer/infra/ctl/cli"
	"foyer/internal/problem"
	"foyer/internal/room/zone"
	"foyer/internal/sale/clear"
)

// smokePrefix begins the name of every zone of a smoke test.
const smokePrefix = "smoke-"

// Bounds of a smoke test's steps.
const (
	smokeEdge  = time.Minute     // until the edge knows of the zone
	smokeTurn  = 2 * time.Minute // until the visitor is called: exchange may have to start first
	smokeClear = 3 * time.Minute // until everything is removed
	smokeLooks = time.Second     // between looks
)

// smoke is a visitor's whole way through the public front door, in a zone of its own.
type smoke struct {
	*exam
	door  string
	zone  zone.Settings
	store zone.Store

	visitor, access string // its tokens
	socket          *websocket.Conn
}

// smoke walks the way, and removes the zone with all that it has, also when the way ends half-way or is interrupted.
func (c *Doctor) smoke(e *exam) error {
	w := &smoke{exam: e, door: strings.TrimRight(e.outputs["FrontDoorUrl"], "/"), zone: zone.New(smokeName())}
	if w.door == "" && e.app.Parts.Where().At != "" {
		w.door = strings.TrimRight(os.Getenv(cli.FrontDoorEnv), "/")
	}
	if w.door == "" {
		return problem.New(problem.NotFound, "there is no front door yet: deploy first")
	}
	var err error
	if w.store, err = e.app.Parts.Zones(); err != nil {
		return err
	}
	if _, err := e.app.Parts.Left(); err != nil { // what removes the zone has to be known before there is one
		return err
	}
	if on, err := e.app.May(c.Change, cli.Harmless, "make the zone %s, send one visitor through it at %s, and remove it",
		w.zone.Zone, w.door); !on {
		return err
	}
	w.zone.Title, w.zone.State = "Smoke test", zone.Paused
	if err := w.store.SaveSettings(e.app.Ctx, w.zone); err != nil {
		return err
	}
	defer w.remove()
	for _, step := range []struct {
		about string
		walk  func() (says string, err error)
		do    string // where to look
	}{
		{"arrival", w.arrive, "Relay writes the edge's store: look at its log, and the alarms relay-late and edge-errors"},
		{"socket", w.connect, "Look at the log of register, and at the alarms socket-errors and sockets-refused"},
		{"turn", w.turn, "Look at the logs of exchange and notify: does the schedule start exchange?"},
		{"entry", w.enter, "Look at the log of admit"},
		{"page", w.load, "Does the site answer by itself? Which secret does it want in x-foyer-site?"},
		{"leaving", w.leave, "Look at the log of admit"},
	} {
		began := e.app.Now()
		says, err := step.walk()
		if w.app.Ctx.Err() != nil {
			return w.app.Ctx.Err()
		}
		if err != nil {
			e.note("smoke: "+step.about, false, step.do, "%s", cli.Explain(err))
			return nil
		}
		e.note("smoke: "+step.about, true, "", "%s, after %s", says, e.app.Now().Sub(began).Round(time.Millisecond))
	}
	return nil
}

func smokeName() string {
	var tail [4]byte
	rand.Read(tail[:])
	return smokePrefix + hex.EncodeToString(tail[:])
}

// arrive comes to the zone's page as a program does, until the edge knows the zone.
func (w *smoke) arrive() (string, error) {
	var came struct {
		Zone, VisitorToken string
		ZoneStatus         *struct{ State string }
	}
	err := w.until(smokeEdge, "the edge doesn't know the zone", func(ctx context.Context) (bool, error) {
		status, err := w.ask(ctx, http.MethodGet, "/z/"+w.zone.Zone+"/", nil, &came)
		known := came.Zone == w.zone.Zone && came.VisitorToken != "" && came.ZoneStatus != nil
		return status == http.StatusTooManyRequests && known, err
	})
	if err != nil && w.app.Ctx.Err() == nil && came.Zone != w.zone.Zone {
		err = fmt.Errorf("%w; %s answers there: does a rule take /z/…? See foyerctl rules show", err,
			cmp.Or(came.Zone, "the site"))
	}
	w.visitor = came.VisitorToken
	return "the edge knows the zone, and gives a place", err
}

// connect opens the socket, which registers the visitor.
func (w *smoke) connect() (string, error) {
	ctx, done := context.WithTimeout(w.app.Ctx, 20*time.Second)
	defer done()
	socket, res, err := websocket.Dial(ctx, w.door+"/ws?zone="+w.zone.Zone, &websocket.DialOptions{
		HTTPHeader: http.Header{"X-Foyer-Visitor": {w.visitor}}})
	if err != nil && res != nil {
		return "", fmt.Errorf("the handshake is answered %s", res.Status)
	}
	if err != nil {
		return "", reached(err)
	}
	w.socket = socket
	return "it is open, and the visitor has a place", nil
}

// turn opens the zone, and waits for the message.
func (w *smoke) turn() (string, error) {
	if err := w.change(w.app.Ctx, func(s *zone.Settings) { s.State = zone.Open }); err != nil {
		return "", err
	}
	ctx, done := context.WithTimeout(w.app.Ctx, smokeTurn)
	defer done()
	for {
		_, text, err := w.socket.Read(ctx)
		if err != nil && ctx.Err() != nil {
			return "", fmt.Errorf("nobody calls within %s", smokeTurn)
		}
		if err != nil {
			return "", fmt.Errorf("the socket ended before the turn: %s", websocket.CloseStatus(err))
		}
		var said struct{ Type string }
		if json.Unmarshal(text, &said) == nil && said.Type == "turn" {
			return "the visitor was called over the socket", nil
		}
	}
}

func (w *smoke) enter() (string, error) {
	var in struct{ AccessToken, Code string }
	ctx, done := context.WithTimeout(w.app.Ctx, time.Minute)
	defer done()
	status, err := w.ask(ctx, http.MethodPost, w.api("enter"), struct{}{}, &in)
	if err == nil && (status != http.StatusOK || in.AccessToken == "") {
		err = fmt.Errorf("it is answered %s", strings.TrimSpace(fmt.Sprint(status, " ", in.Code)))
	}
	w.access = in.AccessToken
	return "the visitor is inside", err
}

// load asks for the page behind the gate: whatever the site answers, it isn't the waiting room any more.
func (w *smoke) load() (string, error) {
	ctx, done := context.WithTimeout(w.app.Ctx, time.Minute)
	defer done()
	status, err := w.ask(ctx, http.MethodGet, "/z/"+w.zone.Zone+"/", nil, nil)
	if err == nil && (status == http.StatusTooManyRequests || status >= http.StatusInternalServerError) {
		err = fmt.Errorf("it is answered %d", status)
	}
	return fmt.Sprintf("the gate lets the visitor on, and the site answers %d", status), err
}

func (w *smoke) leave() (string, error) {
	ctx, done := context.WithTimeout(w.app.Ctx, time.Minute)
	defer done()
	status, err := w.ask(ctx, http.MethodPost, w.api("leave"), struct{}{}, nil)
	if err == nil && status >= http.StatusMultipleChoices {
		err = fmt.Errorf("it is answered %d", status)
	}
	return "the visitor has left", err
}

// remove takes the zone away with all that it has, whatever happened before. Ctrl-C doesn't stop it.
func (w *smoke) remove() {
	if w.socket != nil {
		_ = w.socket.CloseNow()
	}
	ctx, done := context.WithTimeout(context.WithoutCancel(w.app.Ctx), smokeClear)
	defer done()
	if err := w.clear(ctx); err != nil {
		do := "foyerctl zone close " + w.zone.Zone + ", then foyerctl zone delete " + w.zone.Zone
		w.note("smoke: zone "+w.zone.Zone, false, do, "it couldn't be removed: %s", cli.Explain(err))
		w.app.Note("zone %s couldn't be removed: %s. %s", w.zone.Zone, cli.Explain(err), do)
		return
	}
	w.note("smoke: zone "+w.zone.Zone, true, "", "it is removed, with all that it had")
}

func (w *smoke) clear(ctx context.Context) error {
	if err := w.change(ctx, func(s *zone.Settings) { s.State = zone.Closed }); err != nil {
		return err
	}
	left, err := w.app.Parts.Left()
	if err != nil {
		return err
	}
	s := &clear.Service{Zones: w.store, Store: left, Now: w.app.Now, Sleep: w.app.Parts.Sleep,
		Note: func(string, ...any) {}}
	p, err := s.Plan(ctx, w.zone.Zone, zone.Deleting, time.Time{})
	if err != nil {
		return err
	}
	return s.Clear(ctx, p)
}

// change changes the zone as it is stored.
func (w *smoke) change(ctx context.Context, to func(*zone.Settings)) error {
	s, err := w.store.Settings(ctx, w.zone.Zone)
	if err != nil {
		return err
	}
	to(&s)
	s.Version++
	return w.store.SaveSettings(ctx, s)
}

// until looks again and again.
func (w *smoke) until(within time.Duration, late string, look func(context.Context) (bool, error)) error {
	ctx, done := context.WithTimeout(w.app.Ctx, within)
	defer done()
	for {
		right, err := look(ctx)
		switch {
		case w.app.Ctx.Err() != nil:
			return w.app.Ctx.Err()
		case ctx.Err() != nil:
			return fmt.Errorf("%s within %s", late, within)
		case right || err != nil:
			return err
		}
		_ = w.app.Parts.Sleep(ctx, smokeLooks)
	}
}

func (w *smoke) api(what string) string { return "/foyer/zones/" + w.zone.Zone + "/" + what }

// maxSmoke bounds what is read of an answer.
const maxSmoke = 1 << 20

// stays is the client of the smoke test: a redirect is an answer.
var stays = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// ask makes a request as a program does, with the tokens in headers, and reads what JSON it gets into answer.
func (w *smoke) ask(ctx context.Context, method, path string, body, answer any) (status int, err error) {
	var text io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return 0, err
		}
		text = bytes.NewReader(raw)
	}
	r, err := http.NewRequestWithContext(ctx, method, w.door+path, text)
	if err != nil {
		return 0, err
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Content-Type", "application/json")
	for name, token := range map[string]string{"X-Foyer-Visitor": w.visitor, "X-Foyer-Access": w.access} {
		if token != "" {
			r.Header.Set(name, token)
		}
	}
	res, err := stays.Do(r)
	if err != nil {
		return 0, reached(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxSmoke))
	if err == nil && answer != nil {
		_ = json.Unmarshal(raw, answer) // a page is no JSON; the status decides
	}
	return res.StatusCode, err
}

// reached says why an address can't be reached, without the address: it is known, and a token may be in it.
func reached(err error) error {
	var at *url.Error
	if errors.As(err, &at) {
		err = at.Err
	}
	return fmt.Errorf("the front door can't be reached: %w", err)
}
