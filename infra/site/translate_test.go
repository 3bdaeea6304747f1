package site

import (
	"regexp"
	"strings"
	"testing"
)

// A page translator leaves alone what isn't words: names, places and numbers, and what counts down, which it would
// otherwise translate anew each second. Each page says which language its words are in, and which way they run.
func TestTranslatorsLeaveNamesAndCountersAlone(t *testing.T) {
	pages := build(t)
	for page, ids := range map[string]string{
		"wait": "name number", "hosted": "name place", "order": "what place total number",
		"enter": "", "seats": "", "ticket": "",
	} {
		text := string(read(t, pages, page+"/index.html"))
		if !strings.Contains(text, `<html lang="`) || !strings.Contains(text, ` dir="`) {
			t.Errorf("%s: no language, or no direction", page)
		}
		for id := range strings.FieldsSeq(ids) {
			element := regexp.MustCompile(`<\w+ id="` + id + `"[^>]*>`).FindString(text)
			if !strings.Contains(element, `translate="no"`) {
				t.Errorf("%s: %s of #%s may be translated", page, element, id)
			}
		}
	}
	counts := regexp.MustCompile(`\bclock\(`)
	kept := regexp.MustCompile(`translate: 'no'|translate="no"`)
	for name, text := range sources(t) {
		// The waiting page's counter is in its HTML; the tooltip of a map goes with the pointer; titles aren't translated.
		alone := map[string]bool{"wait/present.js": true, "shared/clock.js": true, "order/present.js": true,
			"seats/element.js": true}
		if counts.MatchString(text) && !alone[name] && !kept.MatchString(text) {
			t.Errorf("%s counts down where a translator would translate it anew each second", name)
		}
	}
}
