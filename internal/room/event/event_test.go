package event_test

import (
	"strings"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/event"
)

const ferries = `{
	"name": "The Night Ferries", "begin": "2027-06-19 20:45", "doors": "2027-06-19T19:00", "end": "2027-06-19 23:30:00",
	"timeZone": "Europe/Berlin", "place": "Harbour Hall", "address": "Am Kai 4, 20457 Hamburg",
	"organiser": "Harbour Hall GmbH", "contact": "tickets@harbour.example", "imprint": "https://harbour.example/imprint",
	"picture": "https://harbour.example/ferry.jpg", "pictureText": "A ferry under the moon", "message": "Bring a coat."
}`

func parsed(t *testing.T) event.Event {
	t.Helper()
	e, err := event.Parse([]byte(ferries))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestTimesAreReadByTheClockOfThePlace(t *testing.T) {
	e := parsed(t)
	if want := time.Date(2027, 6, 19, 18, 45, 0, 0, time.UTC); !e.Begin.Equal(want) {
		t.Errorf("begins %v, want %v", e.Begin, want)
	}
	again, err := event.Decode(e.Encode())
	if err != nil || again.Line() != "Saturday 19 June 2027, 20:45 · Harbour Hall" {
		t.Errorf("%q, %v", again.Line(), err)
	}
	winter := strings.ReplaceAll(ferries, "2027-06-19", "2027-12-19")
	if e, err := event.Parse([]byte(winter)); err != nil || e.Begin.UTC().Hour() != 19 {
		t.Errorf("in winter it begins %v, %v", e.Begin, err)
	}
}

func TestAnEventNeedsNoDoorsAndNoEnd(t *testing.T) {
	text := strings.Replace(strings.Replace(ferries, `"2027-06-19T19:00"`, `""`, 1), `"2027-06-19 23:30:00"`, `""`, 1)
	if e, err := event.Parse([]byte(text)); err != nil || !e.Doors.IsZero() || !e.End.IsZero() || e.Begin.IsZero() {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestWhatPagesMayLinkTo(t *testing.T) {
	long := "https://harbour.example/" + strings.Repeat("a", 500-len("https://harbour.example/"))
	for link, taken := range map[string]bool{
		"https://harbour.example/imprint?of=us": true, long: true, long + "a": false, "https:///imprint": false,
		"https://us@harbour.example/": false, "https://harbour.example/\u202e": false, "https://harbour.example/'": false,
	} {
		_, err := event.Parse([]byte(strings.Replace(ferries, "https://harbour.example/imprint", link, 1)))
		if (err == nil) != taken {
			t.Errorf("%.60s: %v", link, err)
		}
	}
}

func TestEverythingThatIsWrongIsSaid(t *testing.T) {
	for name, c := range map[string]struct{ from, to, want string }{
		"no name":            {`"The Night Ferries"`, `" "`, "name: is missing"},
		"no place":           {`"Harbour Hall"`, `""`, "place: is missing"},
		"a time in words":    {`"2027-06-19 20:45"`, `"tomorrow"`, `begin: "tomorrow" is no time`},
		"no time":            {`"2027-06-19 20:45"`, `""`, `begin: "" is no time`},
		"doors after begin":  {`T19:00`, `T21:00`, "doors: open after"},
		"end before begin":   {`23:30:00`, `20:00:00`, "end: must be after begin"},
		"a zone of no clock": {`Europe/Berlin`, `Berlin`, `timeZone: "Berlin" is no time zone`},
		"a bad address":      {`tickets@harbour`, `tickets at harbour`, "contact: must be"},
		"http":               {`"https://harbour.example/imprint"`, `"http://harbour.example/"`, "imprint: must be a"},
		"a script":           {`"https://harbour.example/imprint"`, `"javascript:alert(1)"`, "imprint: must be a"},
		"no words":           {`"A ferry under the moon"`, `""`, "pictureText: is missing"},
		"a line break":       {`Am Kai 4`, `Am Kai\n4`, "address: must be one line"},
		"too long":           {`Bring`, strings.Repeat("a", 501), "message: has more than 500"},
		"a rate in words":    {`"message"`, `"vatId": "DE1", "vat": "seven", "message"`, `vat: "seven" is no rate`},
		"too fine a rate":    {`"message"`, `"vatId": "DE1", "vat": "7.123", "message"`, `vat: "7.123" is no rate`},
		"a rate over all":    {`"message"`, `"vatId": "DE1", "categoryVat": {"A": "101"}, "message"`, `categoryVat.A: "101"`},
		"tax, and no id":     {`"message"`, `"vat": "7", "message"`, "vatId: is missing"},
		"a slip":             {`"message"`, `"mesage"`, `unknown field "mesage"`},
		"a number":           {`"The Night Ferries"`, `5`, "can't be read"},
		"more":               {`coat."`, `coat.", "status": "later"`, `status: "later" is neither`},
		"two":                {`Bring a coat."`, `"} {"x": 1`, "something after"},
	} {
		if !strings.Contains(ferries, c.from) {
			t.Fatalf("%s: the file has no %s", name, c.from)
		}
		_, err := event.Parse([]byte(strings.Replace(ferries, c.from, c.to, 1)))
		if problem.CodeOf(err) != problem.Invalid || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestAChangeThatBuyersMustHearOf(t *testing.T) {
	now := time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC)
	first := parsed(t).Replace(event.Event{Zone: "main"}, now)
	if first.Version != 1 || first.Zone != "main" || first.Tells(now.Add(-time.Hour)) {
		t.Errorf("the first: %+v", first)
	}
	other := parsed(t)
	other.Message = "Bring two coats."
	second := other.Replace(first, now)
	if second.Version != 2 || second.Tells(now.Add(-time.Hour)) {
		t.Errorf("another message: %+v", second)
	}
	for name, change := range map[string]func(*event.Event){
		"another time":  func(e *event.Event) { e.Begin = e.Begin.AddDate(0, 0, 1) },
		"another place": func(e *event.Event) { e.Place = "Concert Barn" },
		"put off":       func(e *event.Event) { e.Status = event.Postponed },
		"called off":    func(e *event.Event) { e.Status = event.Cancelled },
	} {
		next := parsed(t)
		change(&next)
		third := next.Replace(second, now)
		if !third.Tells(now.Add(-time.Second)) || third.Tells(now) || third.Change.Version != 3 {
			t.Errorf("%s: %+v", name, third.Change)
		}
		if !third.Change.Begin.Equal(first.Begin) || third.Change.Place != first.Place {
			t.Errorf("%s: it was %+v", name, third.Change)
		}
		if fourth := next.Replace(third, now.Add(time.Hour)); fourth.Change != third.Change {
			t.Errorf("%s: the same again changes %+v", name, fourth.Change)
		}
	}
}

func TestTheCalendarFile(t *testing.T) {
	e := parsed(t).Replace(event.Event{Zone: "main"}, time.Time{})
	e.Name = "Ferries; by night, " + strings.Repeat("é", 60)
	text := e.Calendar("tickets.example.com", time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC))
	for _, line := range strings.SplitAfter(text, "\r\n") {
		if len(strings.TrimSuffix(line, "\r\n")) > 75 || line != "" && !strings.HasSuffix(line, "\r\n") {
			t.Errorf("a line that calendars don't read: %q", line)
		}
	}
	whole := strings.ReplaceAll(text, "\r\n ", "")
	for _, want := range []string{
		"BEGIN:VCALENDAR\r\n", "UID:main@tickets.example.com\r\n", "SEQUENCE:1\r\n", "DTSTAMP:20270102T030405Z\r\n",
		"DTSTART:20270619T184500Z\r\n", "DTEND:20270619T213000Z\r\n", `SUMMARY:Ferries\; by night\, é`,
		`LOCATION:Harbour Hall\, Am Kai 4\, 20457 Hamburg` + "\r\n", "STATUS:CONFIRMED\r\n",
		`ORGANIZER;CN="Harbour Hall GmbH":mailto:tickets@harbour.example` + "\r\n",
	} {
		if !strings.Contains(whole, want) {
			t.Errorf("no %q in\n%s", want, whole)
		}
	}
	e.Status = event.Cancelled
	if !strings.Contains(e.Calendar("h", time.Time{}), "STATUS:CANCELLED\r\n") {
		t.Error("a cancelled event stays in calendars")
	}
}

func TestAPreviewHoldsNoMarkupOfTheEvent(t *testing.T) {
	e := parsed(t)
	e.Name = `<script>"&`
	page := e.Preview()
	for _, want := range []string{
		`og:title" content="&lt;script&gt;&#34;&amp;"`, `og:image" content="https://harbour.example/ferry.jpg"`,
		"Saturday 19 June 2027, 20:45 · Harbour Hall",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in %s", want, page)
		}
	}
	if strings.Contains(page, "<script>") {
		t.Error(page)
	}
}

func TestTheTaxInThePrices(t *testing.T) {
	stated := strings.Replace(ferries, `"message"`,
		`"vatId": "DE1", "vat": "7", "categoryVat": {"A": "19", "B": "0", "C": "5.5"}, "message"`, 1)
	e, err := event.Parse([]byte(stated))
	if err != nil || e.Seller != "Harbour Hall GmbH" || e.VATID != "DE1" {
		t.Fatalf("%+v, %v", e, err)
	}
	for category, want := range map[string]int{"A": 1900, "B": 0, "C": 550, "D": 700} {
		if got := e.VATOf(category); got != want {
			t.Errorf("%s: %d, want %d", category, got, want)
		}
	}
	other := strings.Replace(stated, `"message"`, `"seller": "Sea & Sons", "message"`, 1)
	if e, err := event.Parse([]byte(other)); err != nil || e.Seller != "Sea & Sons" {
		t.Errorf("sold by %q, %v", e.Seller, err)
	}
	if parsed(t).Seller != "" {
		t.Error("a seller is told who wasn't stated")
	}
}
