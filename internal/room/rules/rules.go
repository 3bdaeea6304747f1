// Package rules owns which of a site's requests belong to which zone, and which are open to all: an operator's rules,
// what applies without any, and how a path is read. The edge decides by them; infra/edge/gate.js says the same in
// JavaScript, and testdata/rules holds both to one table.
//
// It must never take a spelling for harmless that another server reads as falling under another rule.
package rules

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"foyer/internal/problem"
	"foyer/internal/room/zone"
)

// Limits of a host's rules: the edge reads them for every request, and one of its values holds 1 KB.
const (
	MaxRules = 24
	MaxBytes = 1024
	MaxHosts = 16
)

// MainHost stands for the host of a deployment that isn't named beside others.
const MainHost = "*"

// Name is what the item of all rules is called among the zones, none of which can be called so.
const Name = "~rules"

// open stands for a zone where a rule is open to all.
const open = "open"

// Rule says where requests belong. The first of a host's that fits applies.
type Rule struct {
	Zone    string   // empty: open to all
	Methods []string // which it is for, sorted; none: for all. GET takes HEAD along
	Path    string   // pattern: at most one * stands for any characters
}

// String returns the rule as an operator writes it.
func (r Rule) String() string {
	words := []string{r.Zone, strings.Join(r.Methods, ","), r.Path}
	if r.Zone == "" {
		words[0] = open
	}
	return strings.Join(slices.DeleteFunc(words, func(word string) bool { return word == "" }), " ")
}

// Set is the rules of all hosts of a deployment.
type Set struct {
	Version int64             // counts changes, from 1; 0: there never were any
	Hosts   map[string][]Rule // a host that had rules stays, with none
}

// Store keeps the one set of rules.
type Store interface {
	// Rules reads the rules consistently; before there are any it returns a Set of version 0.
	Rules(ctx context.Context) (Set, error)

	// SaveRules writes the rules if the stored version is still s.Version-1, in one conditional write; otherwise it
	// returns problem.Conflict. Repeating a write that landed is success.
	SaveRules(ctx context.Context, s Set) error
}

// Parse reads rules, one a line: a zone or "open", methods with commas between unless it is for all, and a path. What
// follows # is a remark. It returns problem.Invalid naming every line that isn't a rule.
func Parse(text string) ([]Rule, error) {
	var all []Rule
	var faults []string
	for i, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		rule, fault := parse(words)
		if fault != "" {
			faults = append(faults, fmt.Sprintf("line %d, %q: %s", i+1, strings.Join(words, " "), fault))
		}
		all = append(all, rule)
	}
	return all, failure(faults)
}

func parse(words []string) (r Rule, fault string) {
	if len(words) < 2 || len(words) > 3 {
		return r, `a rule is a zone or "open", methods if it isn't for all, and a path`
	}
	if r.Zone = words[0]; r.Zone == open {
		r.Zone = ""
	} else if !zone.IsName(r.Zone) {
		return r, fmt.Sprintf("%q can't be a zone", r.Zone)
	}
	if len(words) == 3 {
		if r.Methods, fault = parseMethods(words[1]); fault != "" {
			return r, fault
		}
	}
	r.Path = words[len(words)-1]
	return r, faultOfPath(r.Path)
}

// methods are those that the front door takes.
var methods = []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}

func parseMethods(text string) (all []string, fault string) {
	for name := range strings.SplitSeq(text, ",") {
		if !slices.Contains(methods, name) {
			return nil, fmt.Sprintf("%q is none of the methods %s", name, strings.Join(methods, ", "))
		}
		all = append(all, name)
	}
	if slices.Contains(all, "GET") {
		all = append(all, "HEAD")
	}
	slices.Sort(all)
	return slices.Compact(all), ""
}

// faultOfPath returns what is wrong with a pattern: it must be a path as servers read it.
func faultOfPath(path string) string {
	switch {
	case path[0] != '/':
		return "the path must begin with /"
	case strings.Count(path, "*") > 1:
		return "the path may hold one * at most"
	case strings.ContainsFunc(path, func(c rune) bool { return c <= ' ' || c > '~' || strings.ContainsRune(`%;\?"`, c) }):
		return `the path must be of letters, digits and signs as they are read, without % ; \ ? and ": * stands for others`
	case plain(path) != path:
		return "the path must be as servers read it, without // and dots between slashes"
	case IsOwn(strings.ToLower(path)):
		return "the path is one of Foyer's own"
	}
	return ""
}

// Validate returns problem.Invalid naming every rule that contradicts another, never applies or is too much, and every
// zone that would queue on two hosts, whose cookies don't reach each other.
func (s Set) Validate(defaultZone string) error {
	var faults []string
	queues := map[string]string{defaultZone: MainHost} // zone → host
	for i, host := range sortedHosts(s) {
		list := s.Hosts[host]
		if i >= MaxHosts {
			faults = append(faults, fmt.Sprintf("there are more than %d hosts", MaxHosts))
			break
		}
		faults = append(faults, check(host, list)...)
		for _, r := range list {
			if r.Zone == "" {
				continue
			}
			if other, taken := queues[r.Zone]; taken && other != host {
				faults = append(faults, fmt.Sprintf("zone %s would queue on %s and on %s: a zone has one host",
					r.Zone, Spoken(other), Spoken(host)))
			}
			queues[r.Zone] = host
		}
	}
	return failure(faults)
}

// Spoken returns a host as an operator reads it.
func Spoken(host string) string {
	if host == MainHost {
		return "the main host"
	}
	return host
}

// sortedHosts are the hosts, the main one first.
func sortedHosts(s Set) []string {
	var hosts []string
	for host := range s.Hosts {
		hosts = append(hosts, host)
	}
	slices.Sort(hosts) // * comes before letters and digits
	return hosts
}

// check returns what is wrong with a host's rules beside each other.
func check(host string, list []Rule) (faults []string) {
	add := func(format string, args ...any) {
		faults = append(faults, Spoken(host)+": "+fmt.Sprintf(format, args...))
	}
	if len(list) > MaxRules {
		add("there are %d rules, and %d at most", len(list), MaxRules)
	}
	if n := len(Value(0, list)); n > MaxBytes-10 { // the version grows
		add("the rules take %d bytes at the edge, and may take %d", n, MaxBytes-10)
	}
	for i, later := range list {
		for j, first := range list[:i] {
			if !first.takes(later.Methods) || !covers(first.Path, later.Path) {
				continue
			}
			if first.Zone != later.Zone {
				add("rule %d, %q, contradicts rule %d, %q, which fits all of its requests", i+1, later, j+1, first)
			} else {
				add("rule %d, %q, never applies: rule %d, %q, fits all of its requests", i+1, later, j+1, first)
			}
			break
		}
	}
	if host != MainHost && len(list) > 0 {
		if last := list[len(list)-1]; last.Path != "/*" || last.Methods != nil {
			add(`the last rule must be for "/*": what no rule fits belongs to the main host's zones`)
		}
	}
	return faults
}

// takes reports whether the rule is for all of these methods; none stands for all.
func (r Rule) takes(methods []string) bool {
	if len(methods) == 0 || len(r.Methods) == 0 {
		return len(r.Methods) == 0
	}
	return !slices.ContainsFunc(methods, func(m string) bool { return !slices.Contains(r.Methods, m) })
}

// covers reports whether the pattern fits every path that the other one fits, for a server that ignores case.
func covers(pattern, other string) bool {
	return fits(strings.ToLower(pattern), strings.ToLower(other))
}

// fits reports whether a path matches a pattern.
func fits(pattern, path string) bool {
	begin, end, star := strings.Cut(pattern, "*")
	if !star {
		return path == pattern
	}
	return len(path) >= len(begin)+len(end) && strings.HasPrefix(path, begin) && strings.HasSuffix(path, end)
}

// value is what the edge holds for a host.
type value struct {
	Version int64    `json:"v"`
	Rules   []string `json:"r"` // zone, methods and path, with a space between; / for open, * for all methods
}

// Value returns a host's value for the edge's store.
func Value(version int64, list []Rule) string {
	v := value{version, []string{}}
	for _, r := range list {
		words := []string{r.Zone, strings.Join(r.Methods, ","), r.Path}
		if r.Zone == "" {
			words[0] = "/"
		}
		if len(r.Methods) == 0 {
			words[1] = "*"
		}
		v.Rules = append(v.Rules, strings.Join(words, " "))
	}
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // numbers and strings always encode
	return strings.TrimSuffix(text.String(), "\n")
}

// Behind reports whether a value of the edge's store is of an earlier version than this one, and Same whether it holds
// the same rules. A value that can't be read is neither.
func Behind(stored, next string) (behind, same bool) {
	var a, b value
	if json.Unmarshal([]byte(stored), &a) != nil || json.Unmarshal([]byte(next), &b) != nil {
		return false, false
	}
	return b.Version < a.Version, a.Rules != nil && slices.Equal(a.Rules, b.Rules)
}

func failure(faults []string) error {
	if len(faults) == 0 {
		return nil
	}
	return problem.New(problem.Invalid, "%s", strings.Join(faults, "; "))
}
