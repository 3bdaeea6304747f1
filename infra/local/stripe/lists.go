package stripe

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// listed is an object of a list, with what lists are filtered and sorted by.
type listed struct {
	id      string
	created int64
	object  func() map[string]any
}

// within returns whether a time is in the range of created that a request asks for.
func within(r *http.Request) func(created time.Time) bool {
	bounds := map[string]int64{"gte": math.MinInt64, "gt": math.MinInt64, "lte": math.MaxInt64, "lt": math.MaxInt64}
	for name := range bounds {
		if n, err := strconv.ParseInt(r.Form.Get("created["+name+"]"), 10, 64); err == nil {
			bounds[name] = n
		}
	}
	return func(created time.Time) bool {
		at := created.Unix()
		return at >= bounds["gte"] && at > bounds["gt"] && at <= bounds["lte"] && at < bounds["lt"]
	}
}

// list answers with a page of objects, the newest first: up to limit of them, after the one that the page before ended
// with.
func list(r *http.Request, all []listed) (any, *fault) {
	limit := 10
	if text := r.Form.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 100 {
			return nil, invalid("parameter_invalid_integer", "limit must be 1 to 100")
		}
		limit = n
	}
	slices.Reverse(all)
	slices.SortStableFunc(all, func(a, b listed) int { return int(b.created - a.created) })
	if after := r.Form.Get("starting_after"); after != "" {
		i := slices.IndexFunc(all, func(l listed) bool { return l.id == after })
		if i < 0 {
			return nil, &fault{
				status: http.StatusBadRequest, kind: "invalid_request_error", code: "resource_missing", param: "starting_after",
				text: "No such object",
			}
		}
		all = all[i+1:]
	}
	more := len(all) > limit
	data := []map[string]any{}
	for _, l := range all[:min(limit, len(all))] {
		data = append(data, l.object())
	}
	return map[string]any{"object": "list", "url": r.URL.Path, "has_more": more, "data": data}, nil
}

// expands reports whether a request asks for a field to be shown whole, not by its id.
func expands(r *http.Request, field string) bool {
	for name, values := range r.Form {
		if !strings.HasPrefix(name, "expand[") {
			continue
		}
		for _, v := range values {
			v = strings.TrimPrefix(v, "data.")
			if v == field || strings.HasPrefix(v, field+".") {
				return true
			}
		}
	}
	return false
}

func (p *Service) listSessions(r *http.Request) (any, *fault) {
	var all []listed
	in := within(r)
	for _, c := range p.made {
		if !in(c.created) {
			continue
		}
		all = append(all, listed{c.id, c.created.Unix(), func() map[string]any { return p.session(c, r) }})
	}
	return list(r, all)
}

func (p *Service) listIntents(r *http.Request) (any, *fault) {
	var all []listed
	in := within(r)
	for _, c := range p.made {
		if c.intent != "" && in(c.created) {
			all = append(all, listed{c.intent, c.created.Unix(), func() map[string]any { return p.paymentIntent(c, r) }})
		}
	}
	return list(r, all)
}

func (p *Service) listRefunds(r *http.Request) (any, *fault) {
	var all []listed
	in := within(r)
	for _, c := range p.made {
		if of := r.Form.Get("payment_intent"); of != "" && of != c.intent {
			continue
		}
		for _, one := range c.refunds {
			if !in(one.created) {
				continue
			}
			all = append(all, listed{one.id, one.created.Unix(), func() map[string]any { return c.refundObject(one) }})
		}
	}
	return list(r, all)
}

func (p *Service) listDisputes(r *http.Request) (any, *fault) {
	var all []listed
	in := within(r)
	for _, c := range p.made {
		if of := r.Form.Get("payment_intent"); of != "" && of != c.intent {
			continue
		}
		for _, d := range c.disputes {
			if !in(d.created) {
				continue
			}
			all = append(all, listed{d.id, d.created.Unix(), func() map[string]any { return c.disputeObject(d) }})
		}
	}
	return list(r, all)
}
