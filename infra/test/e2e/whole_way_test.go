package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"foyer/infra/test/browser"
	"foyer/internal/room/zone"
)

// TestWholeWay walks from the waiting room to the ticket in a real browser, before the whole cloud, side by side.
func TestWholeWay(t *testing.T) {
	t.Parallel()
	up(t)
	b := browser.Start(t)
	for name, story := range map[string]func(*testing.T, *browser.Browser){
		"waits, chooses on the map, pays, and has the ticket":            buysATicket,
		"does it all with the keyboard alone":                            buysByKeyboard,
		"a declined card is tried again, and the webhooks come twice":    buysAfterADecline,
		"goes back from the payment, cancels, and the seat is free":      cancelsThePayment,
		"the time to decide runs out, the seat is free, another is held": letsTimeRunOut,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(t, b)
		})
	}
}

// waitsForATheatre opens a sale of 300 seats, four a buyer, and has somebody wait for the one place inside until it is
// free.
func waitsForATheatre(t *testing.T, b *browser.Browser) (*hall, *shopper) {
	h := newHall(t, func(s *zone.Settings) { s.Capacity, s.SeatsPerBuyer = 1, 4 })
	h.sells("theatre-300")
	holder := h.entersAlone()
	v := h.shopper(b)
	v.Open(h.url())
	v.inLine()
	holder.leaves()
	v.within(time.Minute, isInside)
	return h, v
}

func buysATicket(t *testing.T, b *browser.Browser) {
	h, v := waitsForATheatre(t, b)
	v.lived("wait turn page")

	v.clicks("stalls-C-9")
	v.holds(1)
	v.clicks("stalls-C-10")
	v.holds(2)
	v.seat("stalls-C-10", "mine")
	v.presses(".hold .main")
	v.fills()
	v.Sees("Test payment provider")
	v.Click("#pay")
	v.done(2)
	v.hasMail(2)
	v.opensTickets(2)
	if seats := h.taken(); fmt.Sprint(seats) != "[stalls-C-10 stalls-C-9]" {
		t.Errorf("sold: %v", seats)
	}
	if complaints := v.Errors(); len(complaints) > 0 {
		t.Errorf("the pages complain: %q", complaints)
	}
}

// buysByKeyboard comes to everything with Tab, and does everything with Enter, Space and the arrows.
func buysByKeyboard(t *testing.T, b *browser.Browser) {
	h, v := waitsForATheatre(t, b)
	v.Until(in("$('.link.on') && $('.sections summary')")) // or Tab runs round a map that isn't there yet

	v.tabsTo("List")
	v.Press(kb.Enter)
	v.tabsTo("Stalls:")
	v.Press(kb.Enter)
	v.Until(in("$$('.row button').length > 50"))
	v.tabsTo("row A, seat 1,")
	for _, key := range []string{kb.ArrowRight, kb.ArrowRight, kb.ArrowDown} {
		v.Press(key)
	}
	v.tabsTo("row B, seat 3,")
	v.Press(" ")
	v.holds(1)
	v.tabsTo("Check out")
	v.Press(kb.Enter)
	v.Until(in("$('dialog[open]') && r.activeElement.name === 'email'"))
	v.Press(v.email)
	v.Press(kb.Tab)
	v.Press("Ana Ferreira")
	v.Press(kb.Enter)
	v.Sees("Test payment provider")
	v.tabsTo("Approve")
	v.Press(kb.ArrowDown)
	v.tabsTo("Decline the card")
	v.Press(kb.Enter)
	v.Sees("Your card was declined")
	v.tabsTo("Pay")
	v.Press(kb.Enter)
	v.done(1)
	v.tabsTo("Open your ticket")
	v.Press(kb.Enter)
	v.Sees("Here is your ticket")
	v.tabsTo("To the order")
	v.Press(kb.Enter)
	v.Sees("Here are your tickets")
	v.hasMail(1)
	if seats := h.taken(); fmt.Sprint(seats) != "[stalls-B-3]" {
		t.Errorf("sold: %v", seats)
	}
}

func buysAfterADecline(t *testing.T, b *browser.Browser) {
	h, v := insideHall(t, b)
	v.presses(".wish .main")
	v.holds(2)
	v.presses(".hold .main")
	v.fills()
	v.Sees("Test payment provider")
	v.Click("input[value=decline]")
	v.Click("#pay")
	v.Sees("Your card was declined. Try another one.")
	if n := len(h.taken()); n != 0 {
		t.Errorf("%d seats are taken", n)
	}
	t.Run("the provider's page has no barriers", func(t *testing.T) {
		if faults := browser.Audit(t, v.Tab); len(faults) > 0 {
			t.Errorf("%d faults: %.900q", len(faults), faults)
		}
	})
	v.Click("input[value=approve]")
	v.Click("input[value=twice]")
	v.Click("#pay")
	v.done(2)
	v.hasMail(2)
	v.opensTickets(2)
}

func cancelsThePayment(t *testing.T, b *browser.Browser) {
	h, v := insideHall(t, b)
	v.clicks("stalls-D-5")
	v.holds(1)
	v.presses(".hold .main")
	v.fills()
	v.Sees("Test payment provider")
	v.Click("#back")
	v.Sees("Not paid yet")
	v.Until(`/^1[0-5]:\d\d$/.test(document.querySelector('#left b').textContent)`)
	v.Click("#cancel")
	v.Click("#go")
	v.Sees("Order cancelled")
	v.Click("#seats")
	v.Until(isInside)
	v.seat("stalls-D-5", "available")
	v.clicks("stalls-D-5") // at once, by the same buyer
	v.holds(1)
	if n, mails := len(h.taken()), len(cloud.Mailbox.Mails(v.email)); n != 0 || mails != 0 {
		t.Errorf("%d seats are taken, %d mails were sent", n, mails)
	}
}

// letsTimeRunOut has the shortest session there is: a lock doesn't outlive it, but a visitor at the page stays inside.
func letsTimeRunOut(t *testing.T, b *browser.Browser) {
	h := newHall(t, func(s *zone.Settings) {
		s.Capacity, s.Session, s.MaxVisit, s.Renews = 20, 30*time.Second, time.Hour, true
	})
	h.sells("theatre-300")
	h.seen("direct entry", func(s status) bool { return s.Direct })
	v := h.shopper(b)
	v.Open(h.url())
	v.Until(isInside)
	v.stays()
	v.clicks("stalls-E-7")
	v.holds(1)
	v.Until(in("/^0:[0-3]\\d$/.test($('.hold .time').textContent)"))
	v.Until(in("$('.note').textContent.includes('Your time to check out has run out')"))
	v.seat("stalls-E-7", "available")
	v.holds(0)
	v.stays()
	v.clicks("stalls-E-8")
	v.holds(1)
	if strings.Contains(v.Text(), "visit is over") {
		t.Error("and so is the visit")
	}
}
