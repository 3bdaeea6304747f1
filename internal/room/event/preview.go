package event

import (
	"fmt"
	"html"
	"strings"

	"foyer/internal/texts"
)

// Line returns when and where the event is, in one line of English, such as "Saturday 19 June 2027, 20:45 · Harbour
// Hall"; empty while nothing is known of it.
func (e Event) Line() string {
	if e.Status == Cancelled {
		return string(texts.English().Event.Cancelled)
	}
	when := ""
	switch {
	case e.Status == Postponed:
		when = string(texts.English().Event.Postponed)
	case !e.Begin.IsZero():
		when = texts.English().Date(e.Begin)
	}
	return join(" · ", when, e.Place)
}

// Title returns what, when and where in one line of English; empty while nothing is known of the event.
func (e Event) Title() string { return join(" · ", e.Name, e.Line()) }

// City returns the city by whose clocks the event's times are, such as Berlin; empty while no time zone is known.
func (e Event) City() string {
	return strings.ReplaceAll(e.TimeZone[strings.LastIndexByte(e.TimeZone, '/')+1:], "_", " ")
}

// Where returns the place and its address in one line.
func (e Event) Where() string { return join(", ", e.Place, e.Address) }

// Preview returns a page for those who show a preview of a link: they run no scripts and wait for nothing.
func (e Event) Preview() string {
	var b strings.Builder
	d := texts.English()
	fmt.Fprintf(&b, `<!doctype html><html lang="%s" dir="%s"><meta charset="utf-8">`, d.Lang, d.Dir)
	b.WriteString(`<meta name="robots" content="noindex">`)
	fmt.Fprintf(&b, "<title>%s</title>", html.EscapeString(e.Name))
	meta := func(property, content string) {
		if content != "" {
			fmt.Fprintf(&b, `<meta property="%s" content="%s">`, property, html.EscapeString(content))
		}
	}
	meta("og:type", "website")
	meta("og:title", e.Name)
	meta("og:description", join("\n", e.Line(), e.Address))
	meta("og:site_name", e.Organiser)
	meta("og:image", e.Picture)
	meta("og:image:alt", e.PictureText)
	if e.Picture != "" {
		b.WriteString(`<meta name="twitter:card" content="summary_large_image">`)
	}
	fmt.Fprintf(&b, "<h1>%s</h1><p>%s</p>", html.EscapeString(e.Name), html.EscapeString(e.Line()))
	return b.String()
}
