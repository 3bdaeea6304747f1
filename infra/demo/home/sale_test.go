package home_test

import (
	"errors"
	"testing"
	"time"

	"foyer/infra/topology"
	"foyer/internal/room/zone"
)

// sale waits for the sale's figures in the moment and returns them.
func sale(t *testing.T, moment func() map[string]any, ready func(sale map[string]any) bool) map[string]any {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		m := moment()
		if s, found := m["sale"].(map[string]any); found && ready(s) {
			return s
		}
		if time.Now().After(end) {
			t.Fatalf("no such sale: %v", m)
		}
	}
}

func TestTheSaleIsCounted(t *testing.T) {
	_, server := newDemo(t)
	moment := func() map[string]any {
		_, doc := call(t, server, "GET", "/api/moment", "")
		return doc
	}
	s := sale(t, moment, func(map[string]any) bool { return true })
	want := map[string]any{"venue": "hall", "size": 300.0, "left": 250.0, "locked": 20.0, "paying": 5.0, "sold": 30.0,
		"orders": 12.0, "mails": 11.0, "mood": "well", "number": 1.0}
	for name, value := range want {
		if s[name] != value {
			t.Errorf("%s is %v, want %v", name, s[name], value)
		}
	}
	if books := s["books"].(map[string]any); books["net"] != 123450.0 || books["seats"] != 30.0 {
		t.Errorf("books %v", books)
	}
}

// TestTheNextSaleIsAZoneOfItsOwn: it opens with its seats, the last one closes, and the crowd goes over.
func TestTheNextSaleIsAZoneOfItsOwn(t *testing.T) {
	h, server := newDemo(t)
	if code, doc := call(t, server, "POST", "/api/zone", `{"capacity":7}`); code != 200 {
		t.Fatalf("%d %v", code, doc)
	}
	if code, doc := call(t, server, "POST", "/api/usual", `{"people":9,"buy":{"share":0.5,"dropOut":0.25}}`); code != 200 {
		t.Fatalf("%d %v", code, doc)
	}
	code, doc := call(t, server, "POST", "/api/sale", `{"venue":"theatre"}`)
	if code != 200 {
		t.Fatalf("%d %v", code, doc)
	}
	if z := doc["zone"].(map[string]any); z["name"] != "night-2" || z["page"] != h.door+"/z/night-2/" {
		t.Errorf("zone %v", z)
	}
	if u := doc["usual"].(map[string]any); u["people"] != 9.0 || u["buy"].(map[string]any)["share"] != 0.5 {
		t.Errorf("the crowd stayed behind: %v", u)
	}
	next, err := h.Zones().Settings(t.Context(), "night-2")
	if err != nil || next.State != zone.Open || next.Capacity != 7 || next.Version != 1 ||
		next.Title != "The Night Ferries, night 2" {
		t.Errorf("%+v, %v", next, err)
	}
	if last, err := h.Zones().Settings(t.Context(), topology.DefaultZone); err != nil || last.State != zone.Closed {
		t.Errorf("the last one: %+v, %v", last, err)
	}
	s := sale(t, func() map[string]any {
		_, doc := call(t, server, "GET", "/api/moment", "")
		return doc
	}, func(sale map[string]any) bool { return sale["number"] == 2.0 })
	if s["venue"] != "theatre" {
		t.Errorf("it sells %v", s["venue"])
	}
	if code, doc := call(t, server, "POST", "/api/sale", `{"venue":"hall"}`); code != 200 ||
		doc["zone"].(map[string]any)["name"] != "night-3" {
		t.Errorf("the one after: %d %v", code, doc)
	}
}

// A sale that could not be begun, since the seats couldn't be loaded, stands in the way of no other.
func TestASaleThatFailedToBeginIsFollowedByAnother(t *testing.T) {
	h, server := newDemo(t)
	burn := func(err error) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.fire = err
	}
	burn(errors.New("the house burns"))
	if code, doc := call(t, server, "POST", "/api/sale", `{"venue":"theatre"}`); code == 200 || doc["zone"] != nil &&
		doc["zone"].(map[string]any)["name"] != "main" {
		t.Errorf("%d %v", code, doc)
	}
	burn(nil)
	if code, doc := call(t, server, "POST", "/api/zone", `{"capacity":7}`); code != 200 {
		t.Fatalf("%d %v", code, doc)
	}
	if code, doc := call(t, server, "POST", "/api/sale", `{"venue":"hall"}`); code != 200 ||
		doc["zone"].(map[string]any)["name"] == "main" {
		t.Errorf("%d %v", code, doc)
	}
}

func TestTheProviderIsPutIntoAMood(t *testing.T) {
	h, server := newDemo(t)
	if code, doc := call(t, server, "POST", "/api/provider", `{"mood":"down"}`); code != 200 {
		t.Fatalf("%d %v", code, doc)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.mood != "down" {
		t.Errorf("it is %q", h.mood)
	}
}

func TestTheBoxOfficesReports(t *testing.T) {
	_, server := newDemo(t)
	r, err := server.Client().Get(server.URL + "/api/books/totals")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode != 200 || r.Header.Get("Content-Disposition") != `attachment; filename="main-totals.csv"` {
		t.Errorf("%d %v", r.StatusCode, r.Header)
	}
}
