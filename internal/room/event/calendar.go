package event

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// maxLine is the most bytes of a line of a calendar file, RFC 5545 section 3.1.
const maxLine = 75

// Calendar returns the event as a calendar file, RFC 5545. The same event of a host has the same id in every version,
// so that a calendar replaces the older one.
func (e Event) Calendar(host string, now time.Time) string {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fold(&b, name+":"+value)
		}
	}
	line("BEGIN", "VCALENDAR")
	line("VERSION", "2.0")
	line("PRODID", "-//Foyer//EN")
	line("METHOD", "PUBLISH")
	line("BEGIN", "VEVENT")
	line("UID", e.Zone+"@"+host)
	line("SEQUENCE", fmt.Sprint(e.Version))
	line("DTSTAMP", utc(now))
	line("DTSTART", utc(e.Begin))
	line("DTEND", utc(e.End))
	line("SUMMARY", escaped(e.Name))
	line("LOCATION", escaped(e.Where()))
	line("ORGANIZER;CN="+quoted(e.Organiser), mailto(e.Contact))
	line("URL", e.Link)
	line("STATUS", map[Status]string{On: "CONFIRMED", Postponed: "TENTATIVE", Cancelled: "CANCELLED"}[e.Status])
	line("END", "VEVENT")
	line("END", "VCALENDAR")
	return b.String()
}

func mailto(address string) string {
	if address == "" {
		return ""
	}
	return "mailto:" + address
}

// utc writes a time as calendars do; empty for the zero time.
func utc(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("20060102T150405Z")
}

func escaped(text string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`, "\r", "").Replace(text)
}

// quoted is the value of a parameter; it can't hold quotes.
func quoted(text string) string { return `"` + strings.ReplaceAll(text, `"`, "'") + `"` }

// join joins the texts that aren't empty.
func join(between string, texts ...string) string {
	var some []string
	for _, text := range texts {
		if text != "" {
			some = append(some, text)
		}
	}
	return strings.Join(some, between)
}

// fold writes a line of any length as lines that are short enough, never within a character.
func fold(b *strings.Builder, line string) {
	for room := maxLine; len(line) > room; room = maxLine - 1 {
		cut := room
		for !utf8.RuneStart(line[cut]) {
			cut--
		}
		b.WriteString(line[:cut] + "\r\n ")
		line = line[cut:]
	}
	b.WriteString(line + "\r\n")
}
