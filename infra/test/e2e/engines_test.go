package e2e

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"foyer/infra/test/browser"
	"foyer/internal/room/zone"
)

// TestWholeWayInEveryBrowser waits, chooses, pays and has tickets over https, as Safari and phones want it, in each
// engine, on a phone's screen and on a desk's. Only a phone with Chromium is looked at each time: the others take a
// minute and browsers of their own. FOYER_SHOTS names a folder that gets pictures of it.
func TestWholeWayInEveryBrowser(t *testing.T) {
	t.Parallel()
	up(t)
	engines := map[string]func(testing.TB) browser.Page{"Chromium": func(t testing.TB) browser.Page {
		return browser.Start(t, "ignore-certificate-errors", "true").Visitor(t)
	}}
	looks := map[string]browser.Look{"phone": browser.Phone}
	if os.Getenv("FOYER_ENGINES") == "1" {
		maps.Copy(engines, browser.Engines)
		looks["desk"] = browser.Desktop
	}
	for name, engine := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page := engine(t)
			for size, look := range looks {
				t.Run(size, func(t *testing.T) { buysAnywhere(t, page, look, name+"-"+size) })
			}
		})
	}
}

// buysAnywhere goes the whole way of a buyer by what every browser can do.
func buysAnywhere(t *testing.T, p browser.Page, look browser.Look, name string) {
	h := newHall(t, func(s *zone.Settings) { s.Capacity, s.SeatsPerBuyer = 1, 4 })
	h.sells("theatre-300")
	holder := h.entersAlone()
	shot := func(what string) {
		if folder := os.Getenv("FOYER_SHOTS"); folder != "" {
			p.Shot(filepath.Join(folder, "engines", name+"-"+what+".png"))
		}
	}
	click := func(selector string) {
		t.Helper()
		p.Until(fmt.Sprintf(`(() => { const e = document.querySelector(%q);
			if (!e || e.hidden || e.disabled) return false; setTimeout(() => e.click()); return true })()`, selector))
	}
	press := func(selector string) {
		t.Helper()
		p.Until(in(fmt.Sprintf("$(%q) && !$(%[1]q).disabled && ($(%[1]q).click(), true)", selector)))
	}
	p.Look(look)
	p.Open(cloud.Secure[0] + h.page())
	p.Until(`isSecureContext && /You are (in line|next)/i.test(document.body?.innerText)`)
	shot("1-waits")
	holder.leaves()
	p.Until(isInside)
	p.Until(in("$('.link.on') && $$('.rows path').length > 5"))
	shot("2-map")
	press(".wish .main")
	p.Until(in("$$('.hold li:not(.pending)').length === 2"))
	press(".hold .main")
	email := "ana." + h.name + "@example.com"
	p.Until(in(fmt.Sprintf(`$('dialog[open]') && ($('#f-email').value = %q, $('#f-name').value = 'Ana Ferreira',
		setTimeout(() => $('form').requestSubmit()), true)`, email)))
	// On a busy machine an answer may be late: then the form says so, and is sent again.
	p.Until(fmt.Sprintf(`/Test payment provider/.test(document.body?.innerText) || %s`,
		in("$('dialog[open] form > .bad')?.textContent && ($('form').requestSubmit(), false)")))
	shot("3-pays")
	click("#pay")
	p.Until(`document.documentElement.dataset.scene === 'ready' && document.querySelectorAll('#lines li').length === 2`)
	shot("4-order")
	click("#tickets")
	p.Sees("Here are your 2 tickets")
	p.Until(`document.querySelectorAll('.ticket svg').length === 2 && location.protocol === 'https:'`)
	shot("5-ticket")
	until(t, time.Minute, "the mail", func() bool { return len(cloud.Mailbox.Mails(email)) == 1 })
	if seats := h.taken(); len(seats) != 2 {
		t.Errorf("sold: %v", seats)
	}
}
