package rehearse

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"text/tabwriter"
	"time"

	"foyer/infra/demo/crowd"
)

// Report is what a rehearsal came to. It names no account and nobody.
type Report struct {
	Where    string      `json:"where"` // stage and Region
	Zone     string      `json:"zone"`
	Began    time.Time   `json:"began"`
	Seconds  float64     `json:"seconds"`
	Cut      bool        `json:"cut"` // somebody ended it early
	Price    string      `json:"price"`
	Asked    Asked       `json:"asked"`
	Settings Settings    `json:"settings"`
	People   crowd.Stats `json:"people"`
	Moments  []Row       `json:"moments"`
	Requests []Row       `json:"requests"`
	Errors   []ErrorRow  `json:"errors"`
	Curve    []Point     `json:"curve"`
	P95      []Slow      `json:"p95"`
	Wrong    []string    `json:"wrong"` // why it isn't well; empty: it is
}

// Asked is the crowd that was asked for.
type Asked struct {
	People    int     `json:"people"`
	PerSecond float64 `json:"perSecond"`
	Ramp      string  `json:"ramp"`
	For       string  `json:"for"`
	Stay      string  `json:"stay"`
	ByHTTP    float64 `json:"withoutSocket"`
}

// Settings are those of the zone.
type Settings struct {
	Capacity int    `json:"capacity"`
	Rate     int    `json:"rate"`
	Session  string `json:"session"`
}

// Row is how long something took, in milliseconds.
type Row struct {
	What  string  `json:"what"`
	Count int     `json:"count"`
	P50   float64 `json:"p50"`
	P95   float64 `json:"p95"`
	P99   float64 `json:"p99"`
}

// ErrorRow is how often something failed.
type ErrorRow struct {
	fault
	Count int `json:"count"`
}

// Point is how things stood.
type Point struct {
	Seconds float64 `json:"seconds"`
	Waiting int     `json:"waiting"`
	Inside  int     `json:"inside"`
	Came    int     `json:"came"`    // so far
	Entered int     `json:"entered"` // so far
	Errors  int     `json:"errors"`  // so far
}

// Slow is how long one kind of request took in the course of time.
type Slow struct {
	What   string    `json:"what"`
	Every  float64   `json:"everySeconds"`
	Millis []float64 `json:"millis"` // of each interval; 0: there was none
}

// slowest are the requests whose course is shown.
var slowest = map[string]bool{stepPage: true, stepSocket: true, stepEnter: true, stepSeats: true}

// points is how many intervals a curve has at most.
const points = 60

// slow adds the course of a kind of request.
func (r *Report) slow(step string, all []sample) {
	if !slowest[step] || len(all) == 0 {
		return
	}
	every := max(1, r.Seconds/points)
	parts := make([][]sample, int(r.Seconds/every)+1)
	for _, s := range all {
		at := min(int(s.at.Seconds()/every), len(parts)-1)
		parts[at] = append(parts[at], s)
	}
	course := Slow{What: stepsInWords[step], Every: every}
	for _, part := range parts {
		course.Millis = append(course.Millis, row("", part).P95)
	}
	r.P95 = append(r.P95, course)
}

// mostErrors is the share of requests that may fail: each visitor tries again.
const mostErrors = 0.01

// judge says why the rehearsal isn't well.
func (r *Report) judge() {
	r.Wrong = []string{}
	wrong := func(is bool, format string, args ...any) {
		if is {
			r.Wrong = append(r.Wrong, fmt.Sprintf(format, args...))
		}
	}
	requests, failed := 0, 0
	for _, row := range r.Requests {
		requests += row.Count
	}
	for _, row := range r.Errors {
		failed += row.Count
	}
	wrong(r.People.Entered == 0, "nobody entered")
	wrong(r.People.Failed > 0, "%d people gave up on an error, the last on: %s", r.People.Failed, r.People.LastError)
	wrong(r.People.Evicted > 0, "%d people were inside, and found the waiting room", r.People.Evicted)
	wrong(float64(failed) > mostErrors*float64(requests), "%d of %d requests failed", failed, requests)
}

// Verdict says in a line how it went.
func (r *Report) Verdict() string {
	s := r.People
	text := fmt.Sprintf("%d of %d people came, %d entered, %d left of their own accord", s.Arrived, r.Asked.People,
		s.Entered, s.Left)
	if s.Ghosts > 0 {
		text += fmt.Sprintf("; %d were still there when it ended", s.Ghosts)
	}
	return text
}

// Print writes the report for a terminal.
func (r *Report) Print(to io.Writer) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s, zone %s: %s\n", r.Where, r.Zone, r.Verdict())
	for _, table := range [][]Row{r.Moments, r.Requests} {
		fmt.Fprintln(w, "\t\tp50\tp95\tp99")
		for _, row := range table {
			t := row.Times()
			fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\n", row.What, row.Count, t[0], t[1], t[2])
		}
	}
	fmt.Fprintf(w, "seats\t%d locked, %d choices given back\n", r.People.Sales.Chosen, r.People.Sales.Released)
	for _, e := range r.Errors {
		fmt.Fprintf(w, "error\t%d\t%s\t%s: %s\n", e.Count, e.Layer, e.Step, e.What)
	}
	for _, text := range r.Wrong {
		fmt.Fprintf(w, "not well: %s\n", text)
	}
	return w.Flush()
}

// millis writes milliseconds for people.
func millis(ms float64) string {
	switch {
	case ms >= 10_000:
		return fmt.Sprintf("%.0f s", ms/1000)
	case ms >= 1000:
		return fmt.Sprintf("%.1f s", ms/1000)
	}
	return fmt.Sprintf("%.0f ms", ms)
}

// Times writes a row's times; there are none of what never happened.
func (r Row) Times() [3]string {
	if r.Count == 0 {
		return [3]string{"–", "–", "–"}
	}
	return [3]string{millis(r.P50), millis(r.P95), millis(r.P99)}
}

//go:embed report.html
var pageText string

var page = template.Must(template.New("report").Funcs(template.FuncMap{
	"percent": func(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) },
	"seconds": func(s float64) string { return time.Duration(s * float64(time.Second)).Round(time.Second).String() },
}).Parse(pageText))

// HTML returns the report as one file that needs nothing else.
func (r *Report) HTML() ([]byte, error) {
	var out bytes.Buffer
	err := page.Execute(&out, r)
	return out.Bytes(), err
}
