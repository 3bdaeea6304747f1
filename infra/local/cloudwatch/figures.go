// Package cloudwatch plays CloudWatch as far as alarms go: it makes metrics of what functions log in the embedded
// metric format, takes those that services count, and evaluates the alarms of a template.
//
// A minute is what lies between two calls of Figures.Minute, so that an hour takes none. Every alarm's period is a
// minute. It plays no other periods, no percentiles, no composite alarms, no actions and no delay of metrics.
package cloudwatch

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"sync"
)

// Metric names a series of figures.
type Metric struct {
	Namespace, Name string
	Of              string // the value of the dimension that tells whose it is, by its name in the local cloud
}

// Figures are all metrics, minute by minute. They may be used by several goroutines.
type Figures struct {
	mu      sync.Mutex
	now     map[Metric][]float64
	minutes []map[Metric][]float64 // those that are over, oldest first
}

// Add adds values to a metric of this minute.
func (f *Figures) Add(m Metric, values ...float64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.now == nil {
		f.now = map[Metric][]float64{}
	}
	f.now[m] = append(f.now[m], values...)
}

// Has reports whether a metric of that name was measured in this minute.
func (f *Figures) Has(name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for m := range f.now {
		if m.Name == name {
			return true
		}
	}
	return false
}

// Minute ends this minute.
func (f *Figures) Minute() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.minutes = append(f.minutes, f.now)
	f.now = nil
}

// Last has n more minutes pass that are as the last one was.
func (f *Figures) Last(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for range n {
		f.minutes = append(f.minutes, maps.Clone(f.minutes[len(f.minutes)-1]))
	}
}

// Forget forgets everything.
func (f *Figures) Forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now, f.minutes = nil, nil
}

// line is what of a line in the embedded metric format makes metrics.
type line struct {
	AWS struct {
		CloudWatchMetrics []struct {
			Namespace  string
			Dimensions [][]string
			Metrics    []struct{ Name string }
		}
	} `json:"_aws"`
}

// Beside returns a writer that gives what it is given to both; to may be nil.
func (f *Figures) Beside(to io.Writer) io.Writer {
	if to == nil {
		return f
	}
	return io.MultiWriter(to, f)
}

// Write takes whole lines of functions, each after a prefix as the local cloud puts it. It never fails: a line that is
// no metric is none of its business.
func (f *Figures) Write(p []byte) (int, error) {
	for text := range bytes.Lines(p) {
		at := bytes.IndexByte(text, '{')
		if at < 0 || !bytes.Contains(text, []byte(`"_aws"`)) {
			continue
		}
		var found line
		values := map[string]json.RawMessage{}
		if json.Unmarshal(text[at:], &found) != nil || json.Unmarshal(text[at:], &values) != nil {
			continue
		}
		for _, d := range found.AWS.CloudWatchMetrics {
			of := ""
			if len(d.Dimensions) == 1 && len(d.Dimensions[0]) == 1 {
				_ = json.Unmarshal(values[d.Dimensions[0][0]], &of)
			}
			for _, m := range d.Metrics {
				f.Add(Metric{d.Namespace, m.Name, of}, numbers(values[m.Name])...)
			}
		}
	}
	return len(p), nil
}

// numbers reads one number or a list of them.
func numbers(text json.RawMessage) (all []float64) {
	if json.Unmarshal(text, &all) == nil {
		return all
	}
	var one float64
	if json.Unmarshal(text, &one) != nil {
		return nil
	}
	return []float64{one}
}
