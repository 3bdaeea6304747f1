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
	param, reason    string // reason: of a limit
}

func invalid(code, text string, args ...any) *fault {
	return &fault{
		status: http.StatusBadRequest, kind: "invalid_request_error", code: code, text: fmt.Sprintf(text, args...),
	}
}

// step does one operation of the API.
type step func(*http.Request) (any, *fault)

// reply is the answer to a request with an idempotency key.
type reply struct {
	request string
	status  int
	body    []byte
	at      time.Time
}

// api returns the handler of a step. First the API key is checked, then the limits of the account, then the answer to a
// known idempotency key is repeated; only what is left meets the trouble that is ordered.
func (p *Service) api(name string, do step) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			writeFault(w, invalid("", "the form can't be read"))
			return
		}
		if user, _, _ := r.BasicAuth(); r.Header.Get("Authorization") != "Bearer "+p.opts.Key && user != p.opts.Key {
			writeFault(w, &fault{
				status: http.StatusUnauthorized, kind: "invalid_request_error", text: "Invalid API Key provided",
			})
			return
		}
		if over := p.limited(name); over != nil {
			w.Header().Set("Stripe-Rate-Limited-Reason", over.reason)
			writeFault(w, over)
			return
		}
		if status, body, known := p.known(r); known {
			write(w, status, body, status != http.StatusBadRequest)
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
			p.fail(w, r, t.Status)
			return
		}
		status, body, replayed := p.once(name, r, do)
		if t.Lost {
			panic(http.ErrAbortHandler)
		}
		write(w, status, body, replayed)
	}
}

// limited counts a call, and returns the fault of one that is over the account's limits.
func (p *Service) limited(name string) *fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.meter.over(name, p.opts.Limits, p.opts.Now())
}

// fail answers with trouble. A 500 is remembered for the idempotency key, since the step had begun.
func (p *Service) fail(w http.ResponseWriter, r *http.Request, status int) {
	status, body := encode(nil, &fault{status: status, kind: "api_error", text: "trouble, as ordered"})
	if status == http.StatusInternalServerError {
		p.mu.Lock()
		p.remember(r, status, body)
		p.mu.Unlock()
	}
	write(w, status, body, false)
}

func write(w http.ResponseWriter, status int, body []byte, replayed bool) {
	if replayed {
		w.Header().Set("Idempotent-Replayed", "true")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(body)
}

// known returns the answer that the idempotency key of a request was given before, within KeyLife.
func (p *Service) known(r *http.Request) (status int, body []byte, known bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.knownLocked(r)
}

func (p *Service) knownLocked(r *http.Request) (status int, body []byte, known bool) {
	key := r.Header.Get("Idempotency-Key")
	done, found := p.replies[key]
	if !found || key == "" {
		return 0, nil, false
	}
	if p.opts.Now().Sub(done.at) >= KeyLife {
		delete(p.replies, key)
		return 0, nil, false
	}
	if done.request != requested(r) {
		status, body = encode(nil, &fault{
			status: http.StatusBadRequest, kind: "idempotency_error",
			text: "Keys for idempotent requests can only be used with the same parameters they were first used with.",
		})
		return status, body, true
	}
	return done.status, done.body, true
}

func requested(r *http.Request) string { return r.URL.Path + "?" + r.Form.Encode() }

// remember keeps the answer to the idempotency key of a request.
func (p *Service) remember(r *http.Request, status int, body []byte) {
	if key := r.Header.Get("Idempotency-Key"); key != "" {
		p.replies[key] = reply{requested(r), status, body, p.opts.Now()}
	}
}

// once makes a write with an idempotency key once and repeats its answer; the same key with other parameters is an
// error. As at Stripe, a failure because of the parameters is not remembered.
func (p *Service) once(name string, r *http.Request, do step) (status int, body []byte, replayed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if status, body, known := p.knownLocked(r); known { // by a request at the same time
		return status, body, true
	}
	p.calls[name+" "+p.orderLocked(r)]++
	out, problem := do(r)
	if status, body = encode(out, problem); problem == nil {
		p.remember(r, status, body)
	}
	return status, body, false
}

func encode(out any, problem *fault) (status int, body []byte) {
	status = http.StatusOK
	if problem != nil {
		status, out = problem.status, map[string]any{
			"error": map[string]any{
				"type": problem.kind, "code": problem.code, "message": problem.text, "param": problem.param,
			},
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
