package stripe

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// fault is an error in the shape of the API.
type fault struct {
	status           int
	kind, code, text string
}

func invalid(code, text string, args ...any) *fault {
	return &fault{http.StatusBadRequest, "invalid_request_error", code, fmt.Sprintf(text, args...)}
}

// step does one operation of the API.
type step func(*http.Request) (any, *fault)

// reply is the answer to a request with an idempotency key.
type reply struct {
	request string
	status  int
	body    []byte
}

// api returns the handler of a step. It first checks the key, makes the trouble that is ordered, and repeats the
// answer to an idempotency key that it knows.
func (p *Service) api(name string, do step) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			writeFault(w, invalid("", "the form can't be read"))
			return
		}
		if user, _, _ := r.BasicAuth(); r.Header.Get("Authorization") != "Bearer "+p.opts.Key && user != p.opts.Key {
			writeFault(w, &fault{http.StatusUnauthorized, "invalid_request_error", "", "Invalid API Key provided"})
			return
		}
		var t Trouble
		if p.opts.Trouble != nil {
			t = p.opts.Trouble(name, p.orderOf(r))
		}
		if t.Delay > 0 {
			select {
			case <-time.After(t.Delay):
			case <-r.Context().Done():
				return
			}
		}
		if t.Status != 0 {
			writeFault(w, &fault{t.Status, "api_error", "", "trouble, as ordered"})
			return
		}
		status, body, replayed := p.once(name, r, do)
		if t.Lost {
			panic(http.ErrAbortHandler)
		}
		if replayed {
			w.Header().Set("Idempotent-Replayed", "true")
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		w.Write(body)
	}
}

// once makes a write with an idempotency key once and repeats its answer; the same key with other parameters is an
// error. As at Stripe, a failure because of the parameters is not remembered.
func (p *Service) once(name string, r *http.Request, do step) (status int, body []byte, replayed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key, request := r.Header.Get("Idempotency-Key"), r.URL.Path+"?"+r.Form.Encode()
	if done, found := p.replies[key]; found && key != "" {
		if done.request != request {
			status, body = encode(nil, &fault{http.StatusBadRequest, "idempotency_error", "",
				"Keys for idempotent requests can only be used with the same parameters they were first used with."})
			return status, body, false
		}
		return done.status, done.body, true
	}
	p.calls[name+" "+p.orderLocked(r)]++
	out, problem := do(r)
	status, body = encode(out, problem)
	if key != "" && problem == nil {
		p.replies[key] = reply{request, status, body}
	}
	return status, body, false
}

func encode(out any, problem *fault) (status int, body []byte) {
	status = http.StatusOK
	if problem != nil {
		status, out = problem.status, map[string]any{
			"error": map[string]any{"type": problem.kind, "code": problem.code, "message": problem.text},
		}
	}
	body, _ = json.Marshal(out)
	return status, body
}

func writeFault(w http.ResponseWriter, problem *fault) {
	status, body := encode(nil, problem)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(body)
}

func (p *Service) orderOf(r *http.Request) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.orderLocked(r)
}

// orderLocked returns the order that a request is about.
func (p *Service) orderLocked(r *http.Request) string {
	for _, id := range []string{r.PathValue("id"), r.Form.Get("payment_intent")} {
		if c := p.sessions[id]; c != nil {
			return c.order
		}
		if c := p.intents[id]; c != nil {
			return c.order
		}
	}
	return r.Form.Get("client_reference_id")
}
