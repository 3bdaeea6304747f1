package site

import (
	"strings"
	"testing"
	"time"

	"foyer/infra/test/browser"
	"foyer/internal/sale/order"
)

func toTheTickets(t *testing.T, h *hall, tab *browser.Tab) {
	p := h.buys("stalls-C-9", "stalls-C-10")
	tab.Open(p.page(""))
	tab.Sees("Waiting for the payment")
	tab.Sees("left to pay")
	states["done"](p)
	tab.Sees("The seats are yours")
	tab.Sees("few minutes")
	h.bank.fail("capture", nil)
	p.drives()
	tab.Sees("Open your 2 tickets")
	if to := browser.Eval[string](tab, "document.getElementById('tickets').href"); to != p.tickets() {
		t.Errorf("the tickets are at %s", to)
	}
	asked := h.made("GET order")
	time.Sleep(2500 * time.Millisecond)
	if h.made("GET order") > asked {
		t.Error("still asking for what can't change")
	}
	sendsAgain(tab)
}

// sendsAgain corrects the address, and is told to wait the second time.
func sendsAgain(tab *browser.Tab) {
	tab.Click("#mail")
	tab.Sees("Look in your spam folder first")
	browser.Eval[string](tab, `document.getElementById('email').value = 'ana.ferreira@example.com'`)
	tab.Click("#send")
	tab.Sees("sent your tickets to ana.ferreira@example.com")
	tab.Click("#send")
	tab.Sees("Give the email two minutes")
	tab.Click("#close")
	tab.Until(`!document.getElementById('again').open`)
}

func cancelled(_ *testing.T, h *hall, tab *browser.Tab) {
	p := h.buys("stalls-C-9", "stalls-C-10")
	tab.Open(p.page("?back=1"))
	tab.Sees("Not paid yet")
	h.bank.fail("expire", errAway)
	tab.Click("#cancel")
	tab.Sees("Cancel this order?")
	tab.Click("#go")
	tab.Sees("being ended")
	h.bank.fail("expire", nil)
	p.drives()
	tab.Sees("Order cancelled")
	tab.Sees("Nothing was charged")
}

func wrongLink(_ *testing.T, h *hall, tab *browser.Tab) {
	p := h.buys("stalls-C-9")
	tab.Open(strings.Replace(p.page(""), string(p.secret), "wrong", 1))
	tab.Sees("No order here")
	tab.Open("about:blank")
	tab.Open(h.URL + Prefix + "order/index.html")
	tab.Sees("No order here")
}

// refundedInPart is an order of which one seat's money went back, and then the other's.
func refundedInPart(t *testing.T, h *hall, tab *browser.Tab) {
	p := h.buys("stalls-C-9", "stalls-C-10").pays()
	p.refunds("stalls-C-9")
	tab.Open(p.page(""))
	tab.Sees("Open your ticket")
	tab.Sees("part of this order was refunded")
	if got := browser.Eval[string](tab,
		"document.querySelector('.back').innerText + document.querySelector('.given').innerText"); got == "" {
		t.Error("the refunded seat isn't marked")
	}
	tab.Open("about:blank")
	p.refunds("stalls-C-10")
	if o := p.order(); o.State != order.Paid && o.State != order.Refunded {
		t.Fatalf("the order is %s", o.State)
	}
	tab.Open(p.page(""))
	tab.Sees("Your money is going back")
	tab.Until(`document.querySelector('footer a[href$=".ics"]')?.checkVisibility() === false`) // nobody goes by it
}
