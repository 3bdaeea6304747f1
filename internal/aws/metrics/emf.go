package metrics

import (
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// The embedded metric format, as CloudWatch specifies it: metadata under _aws, and the dimension and the values as
// members of the same object.
type header struct {
	Timestamp         int64       `json:"Timestamp"` // ms
	CloudWatchMetrics []directive `json:"CloudWatchMetrics"`
}

type directive struct {
	Namespace  string       `json:"Namespace"`
	Dimensions [][]string   `json:"Dimensions"`
	Metrics    []definition `json:"Metrics"`
}

type definition struct {
	Name Name `json:"Name"`
	Unit Unit `json:"Unit"`
}

// encode returns the lines for what was gathered, in a fixed order: a zone needs more than one when a metric has more
// values than a line may hold.
func encode(namespace string, zones map[string]map[Name][]float64, now time.Time) [][]byte {
	var lines [][]byte
	for _, zone := range slices.Sorted(maps.Keys(zones)) {
		rest := zones[zone]
		for len(rest) > 0 {
			var head map[Name][]float64
			head, rest = split(rest)
			lines = append(lines, line(namespace, zone, head, now))
		}
	}
	return lines
}

// split takes what fits on one line.
func split(values map[Name][]float64) (head, rest map[Name][]float64) {
	head, rest = map[Name][]float64{}, map[Name][]float64{}
	for name, all := range values {
		head[name] = all[:min(len(all), maxValues)]
		if len(all) > maxValues {
			rest[name] = all[maxValues:]
		}
	}
	return head, rest
}

func line(namespace, zone string, values map[Name][]float64, now time.Time) []byte {
	d := directive{Namespace: namespace, Dimensions: [][]string{{"zone"}}}
	doc := map[string]any{"zone": zone}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		d.Metrics = append(d.Metrics, definition{Name: name, Unit: units[name]})
		doc[string(name)] = scalar(values[name])
	}
	doc["_aws"] = header{Timestamp: now.UnixMilli(), CloudWatchMetrics: []directive{d}}
	text, err := json.Marshal(doc)
	if err != nil { // strings and finite numbers always marshal
		return nil
	}
	return append(text, '\n')
}

// scalar returns the lone value as a number, or all of them as an array.
func scalar(values []float64) any {
	if len(values) == 1 {
		return values[0]
	}
	return values
}
