package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"foyer/internal/room/zone"
)

// maxMarks is how many escapes and separators a path may have: each costs the edge time.
const maxMarks = 64

// Kind is what the edge makes of a request before it looks at any zone.
type Kind string

// The kinds.
const (
	Queued  Kind = "zone"    // it belongs to a zone
	Free    Kind = "open"    // it is open to all
	Own     Kind = "foyer"   // it is for Foyer's own interface
	Refused Kind = "refused" // two servers could read it differently, or it names no zone
)

// Decision is where a request belongs, and why.
type Decision struct {
	Kind Kind
	Zone string // of Queued
	Rule int    // which of the host's rules applies, from 1; 0: none does
	Why  string // for people
}

// IsOwn reports whether a path is one of Foyer's own.
func IsOwn(path string) bool { return strings.HasPrefix(path, "/foyer/") || path == "/ws" }

// Decide returns where a request belongs, by the rules of its host. uri is the path as the viewer wrote it.
func Decide(list []Rule, defaultZone, method, uri string) Decision {
	if len(patterns().marks.FindAllString(uri, maxMarks+1)) > maxMarks {
		return Decision{Kind: Refused, Why: fmt.Sprintf("the path has more than %d escapes and separators", maxMarks)}
	}
	path := plain(uri)
	if path == "" {
		return Decision{Kind: Refused, Why: "the path climbs, or doesn't begin with /"}
	}
	d := target(list, defaultZone, method, path, false)
	for _, read := range readings(path) {
		other := Decision{Kind: Refused, Why: "nothing: it climbs"}
		if read.path != "" {
			other = target(list, defaultZone, method, read.path, read.fold)
		}
		if other.Kind != d.Kind || other.Zone != d.Zone {
			return Decision{Kind: Refused, Why: fmt.Sprintf("one server reads it as %s (%s), another as %s (%s)",
				path, d.Why, read.path, other.Why)}
		}
	}
	if d.Kind == Queued && !zone.IsName(d.Zone) {
		return Decision{Kind: Refused, Why: fmt.Sprintf("no zone can be called %q", d.Zone)}
	}
	return d
}

// target is where one reading of a path belongs. With fold the server ignores case, in its rules too.
func target(list []Rule, defaultZone, method, path string, fold bool) Decision {
	if IsOwn(path) {
		return Decision{Kind: Own, Why: "Foyer's own interface"}
	}
	reads := method == "GET" || method == "HEAD"
	if reads && patterns().always.MatchString(path) {
		return Decision{Kind: Free, Why: "what every site keeps open"}
	}
	for i, r := range list {
		pattern := r.Path
		if fold {
			pattern = strings.ToLower(pattern)
		}
		if !r.takes([]string{method}) || !fits(pattern, path) {
			continue
		}
		d := Decision{Kind: Queued, Zone: r.Zone, Rule: i + 1, Why: "rule " + strconv.Itoa(i+1) + ", " + r.String()}
		if r.Zone == "" {
			d.Kind = Free
		}
		return d
	}
	if m := patterns().named.FindStringSubmatch(path); m != nil {
		return Decision{Kind: Queued, Zone: m[1], Why: "zone " + m[1] + ", which the path names"}
	}
	return Decision{Kind: Queued, Zone: defaultZone, Why: "zone " + defaultZone + ", since no rule fits"}
}

// reading is a path as some server reads it; empty: it climbs.
type reading struct {
	path string
	fold bool // that server ignores case
}

// readings are a plain path as servers read it that ignore case, decode twice, or overlook control characters, and
// spaces and dots at the end of a segment.
func readings(path string) (all []reading) {
	again := settled(unescaped(unescaped(path)))
	loose := patterns().ends.ReplaceAllString(patterns().begins.ReplaceAllString(again, "/"), "$2")
	for _, read := range slices.Compact([]string{path, again, loose}) {
		all = append(all, reading{read, false}, reading{strings.ToLower(read), true})
	}
	return all
}

// patterns are compiled when a path is first read, not at every start of a function.
var patterns = sync.OnceValue(func() (p struct {
	always, named, marks, escapes, parameters, slashes, climbs, begins, ends *regexp.Regexp
},
) {
	// What every site keeps open: robots, icons, and the proofs that certificates and wallets ask for.
	p.always = regexp.MustCompile(`^/(robots\.txt|favicon\.ico|sitemap[\w-]*\.xml|\.well-known/.+)$`)
	p.named = regexp.MustCompile(`^/z/([^/]*)`)
	p.marks = regexp.MustCompile(`%[0-7]|[/\\;]`)
	p.escapes = regexp.MustCompile(`%[2-7][0-9a-fA-F]`)
	p.parameters = regexp.MustCompile(`;[^/\\]*`)
	p.slashes = regexp.MustCompile(`[/\\]+`)
	p.climbs = regexp.MustCompile(`/\.\.?(/|$)`)
	p.begins = regexp.MustCompile(`/([\x00- ]|%[01][^\n\r])+`)
	p.ends = regexp.MustCompile(`([\x00- .]|%[01][^\n\r])+(/|$)`)
	return p
})

// plain is the path as most servers read it: decoded once, without path parameters and doubled slashes. It is empty for
// a path that climbs.
func plain(uri string) string { return settled(unescaped(uri)) }

// unescaped is one reading of a path.
func unescaped(path string) string {
	p := patterns()
	path = p.escapes.ReplaceAllStringFunc(path, func(escape string) string {
		code, _ := strconv.ParseUint(escape[1:], 16, 8) // two hex digits always parse
		return string(rune(code))
	})
	return p.slashes.ReplaceAllString(p.parameters.ReplaceAllString(path, ""), "/")
}

// settled is the path, or empty when it climbs or doesn't begin at the root.
func settled(path string) string {
	if path == "" || path[0] != '/' || patterns().climbs.MatchString(path) {
		return ""
	}
	return path
}
