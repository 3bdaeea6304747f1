package site

import (
	"regexp"
	"strings"
	"testing"

	"foyer/infra/test/browser"
	"foyer/internal/texts"
	"foyer/internal/texts/textstest"
)

// said is all that a page says, in sight or by name, the seat map's inside included.
const said = `(() => {
  const roots = [document, ...[...document.querySelectorAll('*')].map((n) => n.shadowRoot).filter(Boolean)];
  const all = roots.flatMap((r) => [...r.querySelectorAll('*')]);
  const names = all.flatMap((n) => ['aria-label', 'title', 'alt', 'placeholder'].map((a) => n.getAttribute(a)));
  const shown = roots.map((r) => (r.body || r.querySelector('.frame')).innerText);
  const inside = roots.slice(1).map((r) => r.querySelector('dialog')?.innerText);
  return [document.title, ...shown, ...inside, ...names].filter(Boolean).join('\n');
})()`

// digest matches a draw's figures, by which anybody checks it, and an order's number.
var digest = regexp.MustCompile(`\b([0-9a-f]{12,}|[0-9A-Z]{10})\b`)

// Every page in a language that nobody speaks: no English is left, and the text runs as that language does.
func TestPagesSayNothingThatIsNotInTheDictionary(t *testing.T) {
	language = func() *texts.Dictionary { return textstest.Pseudo() }
	t.Cleanup(func() { language = texts.English })
	data := strings.NewReplacer("The Night Ferries · Harbour Hall", "", "Harbour Hall GmbH", "", "Harbour Hall", "",
		"Am Kai 4, Hamburg", "", "Bring a coat.", "", "Ana Ferreira", "",
		"Front stalls", "", "Rear stalls", "", "Stalls", "", "Boxes and balcony", "", "Box left", "", "Box right", "",
		"Balcony", "", "Floor", "", "Adult", "", "SHA", "", "Foyer", "",
		"ana@example.com", "")
	b := browser.Start(t)
	check := func(t *testing.T, tab *browser.Tab) {
		t.Helper()
		if way := browser.Eval[string](tab, `document.documentElement.lang + document.documentElement.dir`); way != "hertl" {
			t.Errorf("lang and dir are %q", way)
		}
		for line := range strings.Lines(digest.ReplaceAllString(data.Replace(browser.Eval[string](tab, said)), "")) {
			if words := textstest.Outside(line); len(words) > 0 {
				t.Errorf("%q in %q", words, line)
			}
		}
		if errors := tab.Errors(); len(errors) > 0 {
			t.Errorf("the page complains: %.300q", errors)
		}
	}
	all := everyScene()
	for _, name := range []string{"waiting", "scheduled", "turn", "drawing", "drawn", "left", "map-list", "map-checkout",
		"order-back", "order-ready", "order-refunded", "ticket-two"} {
		t.Run(name, func(t *testing.T) {
			tab := b.Visitor(t)
			all[name](t, tab)
			check(t, tab)
		})
	}
}
