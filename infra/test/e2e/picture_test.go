package e2e

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"foyer/infra/demo/crowd"
	"foyer/infra/test/browser"
	"foyer/internal/room/event"
	"foyer/internal/room/zone"
)

// maxPicture is the most bytes that the picture may have: it is the first thing that a reader of the README loads.
const maxPicture = 300 << 10

// TestPicture makes the README's picture: the waiting room at work, on a desk and on a phone, in front of the running
// cloud with a crowd. FOYER_PICTURE names the file, below the module's root; `make picture` sets it.
func TestPicture(t *testing.T) {
	file := os.Getenv("FOYER_PICTURE")
	if file == "" {
		t.Skip("FOYER_PICTURE names no file: make picture")
	}
	file = filepath.Join("../../..", file)
	up(t)
	h := newHall(t, func(s *zone.Settings) {
		s.Capacity, s.Rate = 60, 120
	})
	err := h.zones.SaveEvent(t.Context(), event.Event{
		Zone: h.name, Version: 1, Name: "The Night Ferries", Place: "Harbour Hall, Hamburg", TimeZone: "UTC",
		Begin: time.Date(2027, time.June, 19, 20, 45, 0, 0, time.UTC),
		Doors: time.Date(2027, time.June, 19, 19, 0, 0, 0, time.UTC),
	})
	if err != nil {
		t.Fatal(err)
	}
	ahead, behind := sends(t, h, 1), sends(t, h, 2)
	starts(t, ahead, crowd.Plan{Visitors: 400, PerSecond: 60})
	until(t, soon, "those ahead", func() bool { s := ahead.Stats(); return s.Registered+s.Direct == 400 })
	b := browser.Start(t)
	desk, phone := opens(t, b), opens(t, b)
	phone.Look(browser.Look{Width: 390, Height: 844, Scale: 2, Still: true})
	desk.Look(browser.Look{Width: 1280, Height: 800, Scale: 1, Still: true})
	desk.Open(h.url())
	starts(t, behind, crowd.Plan{Visitors: 300, PerSecond: 30})
	until(t, soon, "those behind", func() bool { return behind.Stats().Registered > 30 })
	phone.Open(h.url())
	const known = `document.querySelector('#number').textContent && /Harbour Hall/.test(document.body.innerText) &&
		/Your wait\s+\d/i.test(document.querySelector('#facts').innerText)`
	for _, v := range []*visit{phone, desk} {
		until(t, 2*time.Minute, "place and wait", func() bool {
			v.looks()
			return v.is(known)
		})
	}

	folder := t.TempDir()
	shots := map[string]*visit{"desk.png": desk, "phone.png": phone}
	for name, v := range shots {
		v.Shot(filepath.Join(folder, name))
	}
	beside(t, b, folder, file)
	if info, err := os.Stat(file); err != nil || info.Size() > maxPicture {
		t.Errorf("the picture: %v bytes, %v", info.Size(), err)
	}
}

// beside puts the two pictures into one.
func beside(t *testing.T, b *browser.Browser, folder, file string) {
	t.Helper()
	image := func(name string) string {
		data, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		return "data:image/png;base64," + base64.StdEncoding.EncodeToString(data)
	}
	frame := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<style>
			body { margin: 0; height: 100vh; background: #e7dfd0 }
			body { display: flex; align-items: center; justify-content: center; gap: 36px }
			img { display: block; border-radius: 12px; box-shadow: 0 18px 44px #3b2f1e3d, 0 2px 6px #3b2f1e26 }
			img + img { border-radius: 26px }
		</style><img src="%s" width="872" alt=""><img src="%s" width="260" alt="">`, image("desk.png"), image("phone.png"))
	}))
	defer frame.Close()
	tab := b.Visitor(t)
	tab.Look(browser.Look{Width: 1280, Height: 640, Scale: 1, Still: true})
	tab.Open(frame.URL)
	tab.Until(`[...document.images].length === 2 && [...document.images].every((i) => i.complete)`)
	tab.Shot(file)
}
