package site

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/input"

	"foyer/infra/test/browser"
)

// fromAfar looks at an arena as a whole.
func fromAfar(t *testing.T, h *hall, tab *browser.Tab) {
	h.crowded(t)
	h.enter(tab)
	until(tab, "$('.left-none') && $('.left-few')")
	for _, words := range []string{"sold out", "few left", "free"} {
		until(tab, fmt.Sprintf("$$('.name:not([hidden]) .free').some((n) => n.textContent.includes(%q))", words))
	}
	lines := browser.Eval[[]string](tab,
		in("['.area.seated:not(.left-none):not(.left-few)', '.left-few'].map((s) => getComputedStyle($(s)).strokeDasharray)"))
	if lines[0] == lines[1] {
		t.Errorf("a section with few seats left has the outline of any other: %q", lines)
	}
	if veils := browser.Eval[int](tab, in("$$('.veil:not([hidden])').length - $$('.left-none').length")); veils != 0 {
		t.Error("not every section that is sold out is hatched, or others are")
	}
	press(tab, ".tabs button:last-child")
	until(tab, "$$('.sections summary').some((n) => /: sold out/.test(n.textContent)) && $$('.sections "+
		"summary').some((n) => /: 3 of \\d+ free/.test(n.textContent))")
}

func standing(t *testing.T, h *hall, tab *browser.Tab) {
	h.enter(tab)
	until(tab, "$('.hold .help').textContent.includes('up to 2 seats')")
	x, y := point(tab, "floor-1")
	tab.Mouse(x, y, input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased)
	holds(tab, 1)
	tab.Mouse(x, y, input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased)
	holds(tab, 2)
	until(tab, "$('.hold .total').textContent.includes('€110') && $('.name .free').textContent === '998 free'")
	asked := h.made("POST seats")
	tab.Mouse(x, y, input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased)
	until(tab, "$('.note').textContent.includes('2 seats')")
	if h.made("POST seats") > asked {
		t.Error("the server was asked for more than there may be")
	}
	holds(tab, 2)
}
