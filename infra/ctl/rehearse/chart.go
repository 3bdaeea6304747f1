package rehearse

import (
	"fmt"
	"math"
	"strings"
)

// Chart is a picture of curves over time, in the units of its SVG.
type Chart struct {
	Title  string
	Lines  []Line
	Across []Mark // of the values
	Down   []Mark // of the time
}

// Line is one curve.
type Line struct{ Name, Points, Most string }

// Mark is a line of the grid with its text.
type Mark struct {
	At   float64
	Text string
}

// The picture's size, and where its curves lie.
const (
	chartLeft, chartRight = 56.0, 640.0
	chartTop, chartBottom = 10.0, 200.0
)

// course is a curve's values, each at its second.
type course struct {
	name       string
	at, values []float64
}

// chart draws curves. unit writes a value.
func chart(title string, seconds float64, unit func(float64) string, curves ...course) Chart {
	c, most := Chart{Title: title}, 1.0
	for _, one := range curves {
		for _, v := range one.values {
			most = max(most, v)
		}
	}
	most = round(most)
	x := func(at float64) float64 { return chartLeft + at/max(seconds, 1)*(chartRight-chartLeft) }
	y := func(v float64) float64 { return chartBottom - v/most*(chartBottom-chartTop) }
	for _, part := range []float64{0, 0.5, 1} {
		c.Across = append(c.Across, Mark{y(part * most), unit(part * most)})
		c.Down = append(c.Down, Mark{x(part * seconds), fmt.Sprintf("%.0f s", part*seconds)})
	}
	for _, one := range curves {
		var points strings.Builder
		high := 0.0
		for i, v := range one.values {
			fmt.Fprintf(&points, "%.1f,%.1f ", x(one.at[i]), y(v))
			high = max(high, v)
		}
		c.Lines = append(c.Lines, Line{one.name, strings.TrimSpace(points.String()), unit(high)})
	}
	return c
}

// round returns the next of 1, 2 and 5 times a power of ten.
func round(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, times := range []float64{1, 2, 5} {
		if v <= times*power {
			return times * power
		}
	}
	return 10 * power
}

// Charts returns the report's pictures.
func (r *Report) Charts() []Chart {
	whole := func(v float64) string { return fmt.Sprintf("%.0f", v) }
	all := []Chart{
		chart("People at a time", r.Seconds, whole, r.course("waiting", func(p Point) float64 { return float64(p.Waiting) }),
			r.course("inside", func(p Point) float64 { return float64(p.Inside) })),
		chart("People a second", r.Seconds, func(v float64) string { return fmt.Sprintf("%.3g", v) },
			r.pace("coming", func(p Point) int { return p.Came }), r.pace("entering", func(p Point) int { return p.Entered })),
	}
	var slow []course
	for _, s := range r.P95 {
		c := course{name: s.What}
		for i, ms := range s.Millis {
			if ms > 0 {
				c.at, c.values = append(c.at, min((float64(i)+0.5)*s.Every, r.Seconds)), append(c.values, ms)
			}
		}
		slow = append(slow, c)
	}
	all = append(all, chart("Answers: 95 of 100 come within", r.Seconds, millis, slow...))
	if len(r.Errors) > 0 {
		all = append(all, chart("Errors a second", r.Seconds, func(v float64) string { return fmt.Sprintf("%.3g", v) },
			r.pace("errors", func(p Point) int { return p.Errors })))
	}
	return all
}

func (r *Report) course(name string, of func(Point) float64) course {
	c := course{name: name}
	for _, p := range r.Curve {
		c.at, c.values = append(c.at, p.Seconds), append(c.values, of(p))
	}
	return c
}

// pace turns a sum into what it grows by in a second, over the intervals of a curve.
func (r *Report) pace(name string, of func(Point) int) course {
	c, from := course{name: name}, Point{}
	every := max(2, r.Seconds/points)
	for i, p := range r.Curve {
		if p.Seconds-from.Seconds < every && i < len(r.Curve)-1 || p.Seconds <= from.Seconds {
			continue
		}
		c.at = append(c.at, (from.Seconds+p.Seconds)/2)
		c.values = append(c.values, float64(of(p)-of(from))/(p.Seconds-from.Seconds))
		from = p
	}
	return c
}
