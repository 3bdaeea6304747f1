package stripe

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// listed is an object of a list, with what lists are filtered and sorted by.
type listed struct {
	id      string
	created int64
	object  func() map[string]any
}

// list answers with a page of objects, the newest first: up to limit of those that were created in a range, after the
// one that the page before ended with.
func list(r *http.Request, all []listed) (any, *fault) {
	limit := 10
	if text := r.Form.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 100 {
			return nil, invalid("parameter_invalid_integer", "limit must be 1 to 100")
		}
		limit = n
	}
	within := func(name string, ok func(created, bound int64) bool) func(listed) bool {
		bound, err := strconv.ParseInt(r.Form.Get("created["+name+"]"), 10, 64)
		return func(l listed) bool { return err == nil && !ok(l.created, bound) }
	}
	for _, out := range []func(listed) bool{
		within("gte", func(c, b int64) bool { return c >= b }), within("gt", func(c, b int64) bool { return c > b }),
		within("lte", func(c, b int64) bool { return c <= b }), within("lt", func(c, b int64) bool { return c < b }),
	} {
		all = slices.DeleteFunc(all, out)
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
	for _, c := range p.made {
		all = append(all, listed{c.id, c.created.Unix(), func() map[string]any { return p.session(c, r) }})
	}
	return list(r, all)
}

func (p *Service) listIntents(r *http.Request) (any, *fault) {
	var all []listed
	for _, c := range p.made {
		if c.intent != "" {
			all = append(all, listed{c.intent, c.created.Unix(), func() map[string]any { return p.paymentIntent(c, r) }})
		}
	}
	return list(r, all)
}

func (p *Service) listRefunds(r *http.Request) (any, *fault) {
	var all []listed
	for _, c := range p.made {
		if of := r.Form.Get("payment_intent"); of != "" && of != c.intent {
			continue
		}
		for _, one := range c.refunds {
			all = append(all, listed{one.id, one.created.Unix(), func() map[string]any { return c.refundObject(one) }})
		}
	}
	return list(r, all)
}

func (p *Service) listDisputes(r *http.Request) (any, *fault) {
	var all []listed
	for _, c := range p.made {
		if of := r.Form.Get("payment_intent"); of != "" && of != c.intent {
			continue
		}
		for _, d := range c.disputes {
			all = append(all, listed{d.id, d.created.Unix(), func() map[string]any { return c.disputeObject(d) }})
		}
	}
	return list(r, all)
}
