package home

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"

	"foyer/infra/demo/crowd"
	"foyer/internal/problem"
)

//go:embed page
var page embed.FS

// Handler is the page and its interface:
//
//	GET    /               the page
//	GET    /api/moment     the present Moment, JSON
//	GET    /api/events     server-sent events: one "past", then a "moment" every second
//	POST   /api/crowd      sends a crowd: crowd.Plan
//	DELETE /api/crowd      ends it
//	POST   /api/usual      keeps people in line, 0: nobody, and says what they buy: {"people", "buy"}, each optional
//	POST   /api/zone       changes settings: {"state", "capacity", "rate"}, each optional
//	POST   /api/kill       {"function", "when"}
//	POST   /api/sale       begins the next sale: {"venue"}
//	POST   /api/provider   the payment provider's mood: {"mood"}
//	GET    /api/books/{report}   one of the ledger's reports, CSV
//
// It answers to names of this machine only, and changes nothing for pages of other origins.
func (d *Demo) Handler() http.Handler {
	files, err := fs.Sub(page, "page")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(files))
	mux.HandleFunc("GET /api/moment", d.getMoment)
	mux.HandleFunc("GET /api/events", d.getEvents)
	mux.HandleFunc("POST /api/crowd", d.sendCrowd)
	mux.HandleFunc("DELETE /api/crowd", d.endCrowd)
	mux.HandleFunc("POST /api/usual", d.setUsual)
	mux.HandleFunc("POST /api/zone", d.changeZone)
	mux.HandleFunc("POST /api/kill", d.kill)
	mux.HandleFunc("POST /api/sale", d.nextSale)
	mux.HandleFunc("POST /api/provider", d.setMood)
	mux.HandleFunc("GET /api/books/{report}", d.export)
	return guard(mux)
}

// guard keeps other sites from steering the demo through the browser of its user.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		if !thisMachine(r.Host) || r.Method != http.MethodGet && !sameOrigin(r) {
			fail(w, problem.New(problem.Forbidden, "only the demo's own page, on this machine, may do that"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func thisMachine(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// sameOrigin reports whether the request is the page's own, or of a tool, which sends no Origin.
func sameOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host == r.Host
}

func (d *Demo) getMoment(w http.ResponseWriter, r *http.Request) { send(w, d.moment(r.Context())) }

func (d *Demo) getEvents(w http.ResponseWriter, r *http.Request) {
	past, moments, leave := d.watch.join()
	defer leave()
	w.Header().Set("Content-Type", "text/event-stream")
	control := http.NewResponseController(w)
	write := func(event string, data any) error {
		text, err := json.Marshal(data)
		if err == nil {
			_, err = fmt.Fprintf(w, "event: %s\ndata: %s\n\n", event, text)
		}
		return errors.Join(err, control.Flush())
	}
	err := write("past", past)
	for err == nil {
		select {
		case m := <-moments:
			err = write("moment", m)
		case <-r.Context().Done():
			return
		case <-d.life.Done():
			return
		}
	}
}

func (d *Demo) sendCrowd(w http.ResponseWriter, r *http.Request) {
	var plan crowd.Plan
	err := read(w, r, &plan)
	if err == nil {
		if invalid := plan.Validate(); invalid != nil {
			err = problem.New(problem.Invalid, "%v", invalid)
		}
	}
	if err == nil {
		err = d.stage().crowd.Start(d.life, plan)
	}
	if errors.Is(err, crowd.ErrRunning) {
		err = problem.New(problem.Conflict, "there is a crowd already; end it first")
	}
	answer(w, d.stage().crowd.Stats(), err)
}

func (d *Demo) endCrowd(w http.ResponseWriter, _ *http.Request) {
	c := d.stage().crowd
	c.Stop()
	send(w, c.Stats())
}

func (d *Demo) kill(w http.ResponseWriter, r *http.Request) {
	var what struct{ Function, When string }
	err := read(w, r, &what)
	if err == nil {
		if fault := d.cloud.Kill(what.Function, what.When); fault != nil {
			err = problem.New(problem.Invalid, "%v", fault)
		}
	}
	answer(w, what, err)
}

// read takes a JSON object of at most 4 KB without unknown members.
func read(w http.ResponseWriter, r *http.Request, into any) error {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4<<10))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return problem.New(problem.Invalid, "the body is not the JSON expected here: %v", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return problem.New(problem.Invalid, "there is more than one JSON value")
	}
	return nil
}

func answer(w http.ResponseWriter, body any, err error) {
	if err != nil {
		fail(w, err)
		return
	}
	send(w, body)
}

func send(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}

func fail(w http.ResponseWriter, err error) {
	doc := problem.Describe(err, "")
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(doc.Status)
	_ = json.NewEncoder(w).Encode(doc)
}
