package site

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"foyer/infra/test/browser"
)

func toTheTickets(t *testing.T, h *hall, tab *browser.Tab) {
	move := func(pairs ...any) {
		h.mu.Lock()
		defer h.mu.Unlock()
		set(pairs...)(h.order)
	}
	h.order = anOrder()
	tab.Open(h.URL + Prefix + "order/index.html#" + h.order["order"].(string) + ".shh")
	tab.Sees("Waiting for the payment")
	tab.Sees("left to pay")
	move("state", "authorised", "checkoutUrl", "")
	tab.Sees("The seats are yours")
	tab.Sees("few minutes")
	move("state", "paid", "tickets", []int{1, 2})
	tab.Sees("Open your 2 tickets")
	to := browser.Eval[string](tab, "document.getElementById('tickets').getAttribute('href')")
	if to != Prefix+"ticket/index.html#"+h.order["order"].(string)+".shh" {
		t.Errorf("the tickets are at %s", to)
	}
	sendsAgain(t, h, tab)
	asked := h.made("GET order")
	time.Sleep(2500 * time.Millisecond)
	if h.made("GET order") > asked {
		t.Error("still asking for what can't change")
	}
}

// sendsAgain corrects the address, and is told to wait the second time.
func sendsAgain(t *testing.T, h *hall, tab *browser.Tab) {
	tab.Open("about:blank")
	h.mu.Lock()
	set("mailsLeft", 5)(h.order)
	h.mu.Unlock()
	tab.Open(h.URL + Prefix + "order/index.html#" + h.order["order"].(string) + ".shh")
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

func cancelled(t *testing.T, h *hall, tab *browser.Tab) {
	h.order = anOrder()
	tab.Open(h.URL + Prefix + "order/index.html?back=1#" + h.order["order"].(string) + ".shh")
	tab.Sees("Not paid yet")
	tab.Click("#cancel")
	tab.Sees("Cancel this order?")
	tab.Click("#go")
	tab.Sees("being ended")
	h.mu.Lock()
	set("state", "cancelled", "reason", "cancelled")(h.order)
	h.mu.Unlock()
	tab.Sees("Order cancelled")
	tab.Sees("Nothing was charged")
}

func wrongLink(t *testing.T, h *hall, tab *browser.Tab) {
	h.order = anOrder()
	tab.Open(h.URL + Prefix + "order/index.html#" + h.order["order"].(string) + ".wrong")
	tab.Sees("No order here")
	tab.Open("about:blank")
	tab.Open(h.URL + Prefix + "order/index.html")
	tab.Sees("No order here")
}

// refundedInPart is an order of which one seat's money went back, and then the other's.
func refundedInPart(t *testing.T, h *hall, tab *browser.Tab) {
	h.order = anOrder()
	seats := h.order["seats"].([]any)
	seats[0].(map[string]any)["refunded"] = true
	set("state", "paid", "checkoutUrl", "", "refunded", 6500, "tickets", []int{1})(h.order)
	tab.Open(h.URL + Prefix + "order/index.html#" + h.order["order"].(string) + ".shh")
	tab.Sees("Open your ticket")
	tab.Sees("part of this order was refunded")
	if got := browser.Eval[string](tab,
		"document.querySelector('.back').innerText + document.querySelector('.given').innerText"); got == "" {
		t.Error("the refunded seat isn't marked")
	}
	tab.Open("about:blank")
	h.mu.Lock()
	set("refunded", 13000, "tickets", []int{})(h.order)
	h.mu.Unlock()
	tab.Open(h.URL + Prefix + "order/index.html#" + h.order["order"].(string) + ".shh")
	tab.Sees("Your money is going back")
}

// anOrder is one that waits for its payment.
func anOrder() (o map[string]any) {
	_ = json.Unmarshal([]byte(fmt.Sprintf(`{"order":"ab12cd34ef56ab12cd34ef56ab12cd34","number":"K7M2P9QX4R",
		"zone":"main","state":"pending",
		"email":"ana@example.com","name":"Ana Ferreira",
		"seats":[{"seat":"stalls-C-9","section":"stalls",
		"label":{"section":"Stalls","row":"C","seat":"9"},"category":"A","price":6500},
		{"seat":"stalls-C-10","section":"stalls",
		"label":{"section":"Stalls","row":"C","seat":"10"},"category":"A","price":6500}],
		"amount":13000,"currency":"EUR","digits":2,"deadline":%d,"now":%d,"checkoutUrl":"/pay"}`,
		time.Now().Add(9*time.Minute+12*time.Second).UnixMilli(), time.Now().UnixMilli())), &o)
	return o
}
