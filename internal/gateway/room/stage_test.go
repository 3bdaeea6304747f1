package room

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"foyer/internal/gateway/web"
	"foyer/internal/room/admit"
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/register"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
	"foyer/internal/testkit/gatewaytest"
)

var errDown = errors.New("database is down")

// door plays the admitter: it records what it was asked and gives the answer that the test sets.
type door struct {
	asked  []string
	from   token.Network // of the last
	inside admit.Entry
	err    error
}

func (d *door) ask(what string, v token.Visitor, ref bucket.Ref) (admit.Entry, error) {
	d.asked = append(d.asked, what+" "+v.Zone+" "+v.ID.String()+" "+ref.String())
	return d.inside, d.err
}

func (d *door) EnterFrom(
	_ context.Context, v token.Visitor, ref bucket.Ref, from token.Network,
) (admit.Entry, error) {
	d.from = from
	return d.ask("enter", v, ref)
}

func (d *door) DirectFrom(_ context.Context, v token.Visitor, from token.Network) (admit.Entry, error) {
	d.from = from
	return d.ask("direct", v, bucket.Ref{})
}

func (d *door) Leave(_ context.Context, v token.Visitor, ref bucket.Ref) error {
	_, err := d.ask("leave", v, ref)
	return err
}

func (d *door) Visit(_ context.Context, zone string, v queue.VisitorID, ref bucket.Ref) (admit.Visit, error) {
	return d.visit("visit", zone, v, ref)
}

func (d *door) EndVisit(
	_ context.Context, zone string, v queue.VisitorID, ref bucket.Ref, bought bool,
) (admit.Visit, error) {
	return d.visit(map[bool]string{false: "left", true: "bought"}[bought], zone, v, ref)
}

func (d *door) visit(what, zone string, v queue.VisitorID, ref bucket.Ref) (admit.Visit, error) {
	_, err := d.ask(what, token.Visitor{Zone: zone, ID: v}, ref)
	return admit.Visit{State: bucket.Inside, Alive: true, Until: d.inside.Until}, err
}

// maps plays the seat maps: it records which connections were opened.
type maps struct{ opened []string }

func (m *maps) Open(_ context.Context, zone, conn string, at time.Time) error {
	m.opened = append(m.opened, zone+" "+conn+" "+at.UTC().Format(time.RFC3339Nano))
	return nil
}

// stage is both HTTP functions in front of stores in memory, with one open zone "main".
type stage struct {
	*gatewaytest.Stage
	cloud    *memroom.Cloud
	settings zone.Settings
	door     *door
	maps     *maps
	register *Register
	admit    *Admit
}

func newStage(t *testing.T) *stage {
	s := &stage{Stage: gatewaytest.New(t), cloud: memroom.New(), settings: gatewaytest.Zone(), maps: &maps{}}
	if err := s.cloud.Zones().SaveSettings(t.Context(), s.settings); err != nil {
		t.Fatal(err)
	}
	s.door = &door{inside: admit.Entry{
		Ref: bucket.Ref{Page: 1}, Until: s.Now.Add(time.Hour), RenewAt: s.Now.Add(90 * time.Second),
	}}
	places := &register.Service{Settings: s.cloud.Zones(), Queue: s.cloud.Queue(), Now: s.Clock}
	s.register = &Register{Gateway: s.Gateway, Places: places, Maps: s.maps, Events: s.cloud.Zones()}
	s.admit = &Admit{Gateway: s.Gateway, Site: s.Site, Grants: s.door}
	return s
}

// waiting is who has a place.
func (s *stage) waiting() []queue.Entry {
	s.Helper()
	var all []queue.Entry
	for shard := range s.settings.QueueShards {
		entries, err := s.cloud.Queue().Head(s.Context(), "main", shard, queue.Key{}, 100)
		if err != nil {
			s.Fatal(err)
		}
		all = append(all, entries...)
	}
	return all
}

// do sends one of the events, changed by a patch, to the function that it is named after, and gives the answer in the
// HTTP form.
func (s *stage) do(name, patch string) web.Response {
	s.Helper()
	if strings.HasPrefix(name, "admit") {
		out, err := s.admit.Handle(s.Context(), s.Request(name, patch))
		if err != nil {
			s.Fatal(err)
		}
		return out
	}
	out, err := s.register.Handle(s.Context(), json.RawMessage(s.Event(name, patch)))
	if err != nil {
		s.Fatal(err)
	}
	if socket, ok := out.(events.APIGatewayProxyResponse); ok {
		return web.Response{StatusCode: socket.StatusCode, Headers: socket.Headers, Body: socket.Body}
	}
	return out.(web.Response)
}
