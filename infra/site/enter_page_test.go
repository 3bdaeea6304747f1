package site

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"foyer/infra/test/browser"
)

// door is a front door whose gate shows the page that asks the admitter, until the admitter has let the visitor in.
type door struct {
	*httptest.Server
	front   *front // for static files
	mu      sync.Mutex
	answers []string // of the admitter: status, a space, body; the last one is repeated
	asked   int
	stuck   bool // the gate believes no token
}

func newDoor(t *testing.T, answers ...string) *door {
	d := &door{front: &front{pages: build(t)}, answers: answers}
	d.Server = httptest.NewServer(d)
	t.Cleanup(func() {
		d.CloseClientConnections()
		d.Close()
	})
	return d
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, err := r.Cookie("inside")
	switch {
	case strings.HasPrefix(r.URL.Path, Prefix):
		d.front.static(w, strings.TrimPrefix(r.URL.Path, Prefix))
	case strings.HasSuffix(r.URL.Path, "/enter"):
		answer := d.answers[min(d.asked, len(d.answers)-1)]
		d.asked++
		var status int
		fmt.Sscan(answer, &status)
		if status == http.StatusOK {
			http.SetCookie(w, &http.Cookie{Name: "inside", Value: "yes", Path: "/"})
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(status)
		fmt.Fprint(w, answer[3:])
	case strings.HasPrefix(r.URL.Path, "/foyer/"):
		http.NotFound(w, r)
	case r.URL.Query().Has("foyer_w"):
		fmt.Fprint(w, "<!doctype html><title>The waiting room</title>")
	case err != nil || d.stuck:
		d.front.static(w, EnterPage)
	default:
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!doctype html><title>The shop</title>")
	}
}

const (
	letIn     = `200 {"state":"inside","ref":"1.0","endsIn":600,"renewIn":90}`
	elsewhere = `409 {"code":"elsewhere","retryAfter":1}`
	notCalled = `409 {"code":"not_called"}`
	throttled = `503 {"message":"Service Unavailable"}` // API Gateway's own
)

func TestTheDoorOpensHoweverOftenItTakes(t *testing.T) {
	const shop, room, page = "The shop", "The waiting room", "/buy?size=4"
	b := browser.Start(t)
	for name, c := range map[string]struct {
		answers []string
		stuck   bool
		says    string // meanwhile
		title   string
		address string
	}{
		"at once":                  {[]string{letIn}, false, "", shop, page},
		"after trouble":            {[]string{throttled, `429 {}`, `500 x`, letIn}, false, "longer than usual", shop, page},
		"after another network":    {[]string{elsewhere, elsewhere, letIn}, false, "open on another network", shop, page},
		"with a visit that ended":  {[]string{`410 {"code":"ended"}`, letIn}, false, "", shop, page},
		"or it is the line's turn": {[]string{notCalled}, false, "", room, page + "&foyer_w=1"},
		"and never in circles":     {[]string{letIn}, true, "", room, page + "&foyer_w=1"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDoor(t, c.answers...)
			d.stuck = c.stuck
			tab := b.Visitor(t)
			tab.Open(d.URL + "/buy?size=4&foyer_c=1")
			if c.says != "" {
				tab.Sees(c.says)
			}
			tab.Until(fmt.Sprintf(`document.title === %q`, c.title))
			if at := browser.Eval[string](tab, "location.pathname + location.search"); at != c.address {
				t.Errorf("it ends at %s", at)
			}
			if d.mu.Lock(); !c.stuck && d.asked != len(c.answers) {
				t.Errorf("it asked %d times", d.asked)
			}
			d.mu.Unlock()
		})
	}
}

// The page on a phone and on a desk, by day and by night: nothing bars anybody, nothing is wider than the screen. With
// FOYER_SHOTS, pictures of it go there.
func TestTheDoorOnEveryScreen(t *testing.T) {
	b := browser.Start(t)
	for name, answer := range map[string]string{"busy": throttled, "elsewhere": elsewhere} {
		tab := b.Visitor(t)
		tab.Open(newDoor(t, answer).URL + "/")
		tab.Sees(map[string]string{"busy": "longer than usual", "elsewhere": "another network"}[name])
		for look, screen := range map[string]browser.Look{
			"phone-light": {Width: 390, Height: 844, Scale: 2, Still: true},
			"phone-dark":  {Width: 390, Height: 844, Scale: 2, Dark: true, Still: true},
			"desk-light":  {Width: 1280, Height: 800, Still: true},
			"desk-dark":   {Width: 1280, Height: 800, Dark: true, Still: true},
		} {
			tab.Look(screen)
			for _, fault := range browser.Audit(t, tab) {
				t.Errorf("%s on %s: %.400s", name, look, fault)
			}
			if wide := browser.Eval[int](tab, "document.documentElement.scrollWidth"); int64(wide) > screen.Width {
				t.Errorf("%s is %d wide on %s", name, wide, look)
			}
			if folder := os.Getenv("FOYER_SHOTS"); folder != "" {
				tab.Shot(filepath.Join(folder, "door-"+name+"-"+look+".png"))
			}
		}
	}
}
