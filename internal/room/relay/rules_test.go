package relay_test

import (
	"errors"
	"testing"

	"foyer/internal/room/relay"
	"foyer/internal/room/rules"
	"foyer/internal/room/zone"
)

func (s *stage) setRules(version int64, hosts map[string]string) {
	s.Helper()
	set := rules.Set{Version: version, Hosts: map[string][]rules.Rule{}}
	for host, text := range hosts {
		list, err := rules.Parse(text)
		s.must(err)
		set.Hosts[host] = list
	}
	s.must(s.rules.SaveRules(s.Context(), set))
}

func TestRulesAreRelayedAtOnceAndHostByHost(t *testing.T) {
	s := newStage(t)
	s.sync("main")
	s.setRules(1, map[string]string{"*": "open POST /hook", "b.example": "vip /*"})
	s.settings("main", func(z *zone.Settings) { z.Title = "B" })
	s.sync("main", rules.Name)
	if s.slept != 0 {
		t.Errorf("rules waited %v", s.slept)
	}
	if got := s.edge.values["r.*"]; got != `{"v":1,"r":["/ POST /hook"]}` {
		t.Errorf("the main host has %s", got)
	}
	puts := s.edge.puts
	s.sync(rules.Name)
	if s.edge.puts != puts {
		t.Error("what stood there was written again")
	}
	s.setRules(2, map[string]string{"*": "open POST /hook", "b.example": ""})
	s.sync(rules.Name)
	if got := s.edge.values["r.b.example"]; got != `{"v":2,"r":[]}` {
		t.Errorf("rules that were taken away: %s", got)
	}
	if got := s.edge.values["r.*"]; got != `{"v":1,"r":["/ POST /hook"]}` {
		t.Errorf("rules that didn't change were written: %s", got)
	}
}

func TestRulesNeverGoBackwards(t *testing.T) {
	s := newStage(t)
	s.edge.values["r.*"] = `{"v":7,"r":["/ * /a"]}`
	s.setRules(1, map[string]string{"*": ""})
	if err := s.relay.Sync(t.Context(), rules.Name).Failed[rules.Name]; !errors.Is(err, relay.ErrBehind) {
		t.Errorf("%v", err)
	}
	s.edge.values["r.*"] = `no JSON`
	s.edge.version++
	s.sync(rules.Name)
	if got := s.edge.values["r.*"]; got != `{"v":1,"r":[]}` {
		t.Errorf("what can't be read stays: %s", got)
	}
}
