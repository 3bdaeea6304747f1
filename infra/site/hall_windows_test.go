package site

import (
	"testing"

	"foyer/infra/test/browser"
)

// Two windows of one visitor: what one does with seats the other shows, by itself.
func TestASecondWindowTellsTheTruth(t *testing.T) {
	h, tab := newHall(t, "theatre-300", 4), browser.Start(t).Visitor(t)
	h.enter(tab)
	second := tab.Another()
	h.enter(second)
	press(tab, ".wish .main")
	holds(tab, 2)
	holds(second, 2)
	press(second, ".hold .quiet")
	holds(second, 0)
	holds(tab, 0)
	until(tab, "!$('.hold .main')")
}

// The first stop of Tab within the map leads to the seats in words.
func TestTheListIsTheFirstStopOfTab(t *testing.T) {
	h, tab := newHall(t, "theatre-300", 4), browser.Start(t).Visitor(t)
	h.enter(tab)
	until(tab, "el.words")
	browser.Eval[any](tab, `void document.getElementById('back').focus()`)
	tab.Press("\t")
	until(tab, "r.activeElement && r.activeElement.className === 'skip' && r.activeElement.offsetWidth > 60")
	tab.Press("\r")
	until(tab, "r.activeElement && r.activeElement.tagName === 'SUMMARY' && !$('.list').hidden")
	tab.Press("\r")
	until(tab, "$('.sections [open] .line button')")
	for range 2 {
		tab.Press("\t")
	}
	until(tab, "r.activeElement.tagName === 'SUMMARY' || r.activeElement.seat")
}
