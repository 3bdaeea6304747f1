package room

import (
	"context"
	"strings"
	"time"

	"foyer/internal/gateway/web"
	"foyer/internal/room/event"
	"foyer/internal/room/zone"
)

// eventAge is how long the CDN and browsers may keep an event. A page that knows a later version, from
// the status, asks again.
const eventAge = 15 * time.Second

// Events reads a zone's event, and the zone's settings for its title.
type Events interface {
	zone.Reader
	event.Reader
}

// told returns the event, or problem.UnknownZone.
func (h *Register) told(ctx context.Context, r web.Request) (event.Event, error) {
	s, err := h.Events.Settings(ctx, r.Zone)
	if err != nil {
		return event.Event{}, err
	}
	e, err := h.Events.Event(ctx, r.Zone)
	return e.Told(s.Title), err
}

// event answers with the event as JSON.
func (h *Register) event(ctx context.Context, r web.Request) (web.Response, error) {
	e, err := h.told(ctx, r)
	if err != nil {
		return web.Response{}, err
	}
	return web.Public(e, eventAge), nil
}

// calendar answers with the event as a file for calendars.
func (h *Register) calendar(ctx context.Context, r web.Request) (web.Response, error) {
	e, err := h.told(ctx, r)
	if err != nil {
		return web.Response{}, err
	}
	_, host, _ := strings.Cut(r.Site(), "://")
	answer := web.Text("text/calendar; charset=utf-8", e.Calendar(host, h.Now()))
	answer.Headers["content-disposition"] = `attachment; filename="` + r.Zone + `.ics"`
	return web.Kept(answer, eventAge), nil
}

// preview answers with a page for those who preview a link.
func (h *Register) preview(ctx context.Context, r web.Request) (web.Response, error) {
	e, err := h.told(ctx, r)
	if err != nil {
		return web.Response{}, err
	}
	return web.Kept(web.Text("text/html; charset=utf-8", e.Preview()), eventAge), nil
}
