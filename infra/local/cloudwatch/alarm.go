package cloudwatch

import (
	"cmp"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Alarm is an alarm of a template.
type Alarm struct {
	Name, Description string
	Periods, Enough   int // so many of the last ones must be beyond the threshold
	Threshold         float64
	Below             bool // what is less is beyond it; otherwise what is more
	Breaching         bool // so is what was not measured
	To                []string

	metrics []query
	names   func(string) string
}

// query is a metric of an alarm: measured, or an expression over others.
type query struct {
	ID         string `json:"Id"`
	Expression string
	ReturnData *bool
	MetricStat struct {
		Metric measured
		Period int
		Stat   string
	}
}

type measured struct {
	Namespace, MetricName string
	Dimensions            []struct {
		Name  string
		Value any
	}
}

// properties are an alarm's in CloudFormation.
type properties struct {
	measured
	AlarmName, AlarmDescription, ComparisonOperator, TreatMissingData, Statistic string
	EvaluationPeriods, DatapointsToAlarm, Period                                 int
	Threshold                                                                    float64
	Metrics                                                                      []query
	AlarmActions                                                                 []struct{ Ref string }
}

// Alarms returns a template's alarms by their names. Names says what a dimension's value is called in the local cloud:
// it is given the logical id of a resource, or the value itself.
func Alarms(template []byte, names func(string) string) ([]Alarm, error) {
	var t struct {
		Resources map[string]struct {
			Type       string
			Properties json.RawMessage
		}
	}
	if err := json.Unmarshal(template, &t); err != nil {
		return nil, err
	}
	var all []Alarm
	for _, r := range t.Resources {
		if r.Type != "AWS::CloudWatch::Alarm" {
			continue
		}
		var p properties
		if err := json.Unmarshal(r.Properties, &p); err != nil {
			return nil, err
		}
		a := Alarm{Name: p.AlarmName, Description: p.AlarmDescription, Periods: p.EvaluationPeriods,
			Enough: cmp.Or(p.DatapointsToAlarm, p.EvaluationPeriods), Threshold: p.Threshold,
			Below: p.ComparisonOperator == "LessThanThreshold", Breaching: p.TreatMissingData == "breaching",
			metrics: p.Metrics, names: names}
		if len(a.metrics) == 0 {
			one := query{ID: "m"}
			one.MetricStat.Metric, one.MetricStat.Stat, one.MetricStat.Period = p.measured, p.Statistic, p.Period
			a.metrics = []query{one}
		}
		for _, to := range p.AlarmActions {
			a.To = append(a.To, to.Ref)
		}
		if err := a.check(p.ComparisonOperator, p.TreatMissingData); err != nil {
			return nil, fmt.Errorf("%s: %w", a.Name, err)
		}
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b Alarm) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// check returns an error for what isn't played: an alarm that is evaluated otherwise than on AWS rings for nothing.
func (a Alarm) check(operator, missing string) error {
	if operator != "GreaterThanThreshold" && !a.Below || missing != "notBreaching" && !a.Breaching {
		return fmt.Errorf("%s with %s isn't played", operator, missing)
	}
	for _, q := range a.metrics {
		if q.Expression == "" && q.MetricStat.Period != 60 {
			return fmt.Errorf("a period of %d s isn't played", q.MetricStat.Period)
		}
	}
	_, err := a.value(nil)
	return err
}

// Metrics returns the metrics that the alarm looks at, as "namespace name".
func (a Alarm) Metrics() (all []string) {
	for _, q := range a.metrics {
		if found := selected.FindStringSubmatch(q.Expression); found != nil {
			all = append(all, found[3]+" "+found[2])
		} else if q.Expression == "" {
			all = append(all, q.MetricStat.Metric.Namespace+" "+q.MetricStat.Metric.MetricName)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Rings reports whether the alarm is on after the minutes that are over.
func (f *Figures) Rings(a Alarm) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	beyond := 0
	for i := range a.Periods {
		var minute map[Metric][]float64
		if at := len(f.minutes) - 1 - i; at >= 0 {
			minute = f.minutes[at]
		}
		v, err := a.value(minute)
		switch {
		case err != nil: // check has seen it before
		case math.IsNaN(v) && a.Breaching, a.Below && v < a.Threshold, !a.Below && v > a.Threshold:
			beyond++
		}
	}
	return beyond >= a.Enough
}

// value returns the alarm's figure of a minute, NaN where nothing was measured.
func (a Alarm) value(minute map[Metric][]float64) (float64, error) {
	values, ready := map[string]float64{}, ""
	for _, q := range a.metrics {
		if q.Expression == "" {
			values[q.ID] = statistic(q.MetricStat.Stat, a.figures(minute, q.MetricStat.Metric))
		}
		if q.ReturnData == nil || *q.ReturnData {
			ready = q.ID
		}
	}
	for range a.metrics { // expressions use each other, in any order
		for _, q := range a.metrics {
			if q.Expression == "" {
				continue
			}
			v, err := evaluate(q.Expression, minute, values)
			if err != nil && !strings.HasPrefix(err.Error(), unknown) {
				return 0, err
			}
			if err == nil {
				values[q.ID] = v
			}
		}
	}
	v, known := values[ready]
	if !known {
		return 0, fmt.Errorf("%q can't be worked out", ready)
	}
	return v, nil
}

// figures returns what was measured of a metric. Without a dimension it is everybody's.
func (a Alarm) figures(minute map[Metric][]float64, m measured) (all []float64) {
	of := ""
	for _, d := range m.Dimensions {
		if d.Name != "Region" {
			of = a.names(reference(d.Value))
		}
	}
	for one, values := range minute {
		if one.Namespace == m.Namespace && one.Name == m.MetricName && (of == "" || one.Of == of) {
			all = append(all, values...)
		}
	}
	return all
}

// reference returns the logical id that a value refers to, or the value itself.
func reference(v any) string {
	m, _ := v.(map[string]any)
	if ref, ok := m["Ref"].(string); ok {
		return ref
	}
	if get, ok := m["Fn::GetAtt"].([]any); ok {
		return fmt.Sprint(get[0])
	}
	return fmt.Sprint(v)
}

func statistic(name string, values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	switch name {
	case "Sum", "SUM":
		return sum
	case "Average", "AVG":
		return sum / float64(len(values))
	}
	return slices.Max(values)
}

// selected is a query of Metrics Insights over a namespace.
var selected = regexp.MustCompile(`^SELECT (MAX|SUM)\((\w+)\) FROM "([^"]+)"$`)

const unknown = "unknown metric"

// evaluate works out what of metric math is used here.
func evaluate(text string, minute map[Metric][]float64, values map[string]float64) (float64, error) {
	if found := selected.FindStringSubmatch(text); found != nil {
		var all []float64
		for m, v := range minute {
			if m.Namespace == found[3] && m.Name == found[2] {
				all = append(all, v...)
			}
		}
		return statistic(found[1], all), nil
	}
	// Without the brackets of lists it reads as an expression of Go.
	tree, err := parser.ParseExpr(strings.NewReplacer("[", "", "]", "").Replace(text))
	if err != nil {
		return 0, fmt.Errorf("%q isn't played: %w", text, err)
	}
	return workOut(tree, values)
}

func workOut(tree ast.Expr, values map[string]float64) (float64, error) {
	all := func(trees ...ast.Expr) (got []float64, err error) {
		for _, one := range trees {
			v, err := workOut(one, values)
			if err != nil {
				return nil, err
			}
			got = append(got, v)
		}
		return got, nil
	}
	switch e := tree.(type) {
	case *ast.BasicLit:
		return strconv.ParseFloat(e.Value, 64)
	case *ast.Ident:
		v, known := values[e.Name]
		if !known {
			return 0, fmt.Errorf("%s %s", unknown, e.Name)
		}
		return v, nil
	case *ast.BinaryExpr:
		v, err := all(e.X, e.Y)
		switch {
		case err != nil:
			return 0, err
		case e.Op == token.ADD:
			return v[0] + v[1], nil
		case e.Op == token.GTR && v[0] > v[1]:
			return 1, nil
		case e.Op == token.GTR:
			return 0, nil
		}
	case *ast.CallExpr:
		v, err := all(e.Args...)
		if err != nil {
			return 0, err
		}
		switch name := fmt.Sprint(e.Fun); {
		case name == "FILL" && len(v) == 2 && math.IsNaN(v[0]):
			return v[1], nil
		case name == "FILL" && len(v) == 2:
			return v[0], nil
		case name == "MAX":
			return slices.Max(v), nil
		case name == "IF" && len(v) == 3 && v[0] != 0:
			return v[1], nil
		case name == "IF" && len(v) == 3:
			return v[2], nil
		}
	}
	return 0, fmt.Errorf("%T isn't played", tree)
}
