package policy_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/coder/websocket"

	"foyer/internal/room/token"
	"foyer/internal/sale/viewers"
	"foyer/internal/store/dynamo/dynsale"
)

// theMap looks at one section, then at another that is quiet, while a visitor that is gone looks at the first.
func theMap(w *world) {
	w.hall("map")
	w.zone("map", nil)
	looking := dynsale.NewViewers(w.cloud.Dynamo, w.cloud.Prefix+"viewers")
	v := w.visitor("map", 0)
	w.is(http.StatusOK)(w.post(v, "register", ""))
	access := w.enters(v)
	socket := w.looks(v.Zone, access)

	w.view(socket, "stalls")
	w.until("the view", func() bool { return len(w.audience(looking, "stalls")) == 1 })
	w.takes(v.Zone, access, "stalls-A-1")
	w.receives(socket, "seats")

	const nobody = "GoneGoneGone="
	now := time.Now()
	if err := looking.Open(w.Context(), v.Zone, nobody, now); err != nil {
		w.Fatal(err)
	}
	if _, err := looking.View(w.Context(), nobody, []string{"stalls"}, now); err != nil {
		w.Fatal(err)
	}
	w.takes(v.Zone, access, "stalls-A-2")
	w.until("the fan-out to forget who is gone",
		func() bool { return !slices.Contains(w.audience(looking, "stalls"), nobody) })

	if err := looking.Hush(w.Context(), v.Zone, "balcony", time.Now().Add(viewers.QuietFor)); err != nil {
		w.Fatal(err)
	}
	w.view(socket, "balcony")
	w.receives(socket, "snapshot")
	if left := w.audience(looking, "stalls"); len(left) > 0 {
		w.Errorf("%v still look at the section that was left", left)
	}
	w.floods(socket)
}

// looks opens the socket of a map.
func (w *world) looks(zone, access string) *websocket.Conn {
	w.Helper()
	socket, _, err := websocket.Dial(w.Context(),
		strings.Replace(w.cloud.URL, "http", "ws", 1)+"/ws?zone="+zone+"&for=map",
		&websocket.DialOptions{HTTPHeader: http.Header{token.AccessHeader: {access}}})
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = socket.CloseNow() })
	return socket
}

// floods changes a map's view again and again, until the connection is closed for it.
func (w *world) floods(socket *websocket.Conn) {
	w.Helper()
	go func() {
		for n := range 3 * viewers.ViewBurst {
			message := []byte(`{"action":"view","sections":["` + []string{"stalls", "balcony"}[n%2] + `"]}`)
			if socket.Write(w.Context(), websocket.MessageText, message) != nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}()
	ctx, cancel := context.WithTimeout(w.Context(), time.Minute)
	defer cancel()
	for {
		if _, _, err := socket.Read(ctx); err != nil {
			if ctx.Err() != nil {
				w.Errorf("the flood goes on: %v", err)
			}
			return
		}
	}
}

func (w *world) view(socket *websocket.Conn, section string) {
	w.Helper()
	message := []byte(`{"action":"view","sections":["` + section + `"]}`)
	if err := socket.Write(w.Context(), websocket.MessageText, message); err != nil {
		w.Fatal(err)
	}
}

// receives reads messages until one of the kind comes, for half a minute.
func (w *world) receives(socket *websocket.Conn, kind string) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), time.Minute)
	defer cancel()
	var message struct{ Type string }
	for message.Type != kind {
		_, text, err := socket.Read(ctx)
		if err == nil {
			err = json.Unmarshal(text, &message)
		}
		if err != nil {
			w.Fatalf("no message %s: %v", kind, err)
		}
	}
}

// audience returns the viewers of a section of the map.
func (w *world) audience(looking *dynsale.Viewers, section string) []string {
	w.Helper()
	a, err := looking.Of(w.Context(), "map", section, time.Now())
	if err != nil {
		w.Fatal(err)
	}
	return a.Conns
}

// takes makes a seat the only one of the token's visitor.
func (w *world) takes(zone, access, seat string) {
	w.Helper()
	r := w.request(http.MethodPost, "/foyer/zones/"+zone+"/seats", `{"seats":["`+seat+`"]}`)
	r.Header.Set(token.AccessHeader, access)
	w.is(http.StatusOK)(w.do(r))
}
