package cloudwatch_test

import (
	"fmt"
	"strings"
	"testing"

	"foyer/infra/local/cloudwatch"
)

// template is a template with one alarm of these properties.
func template(properties string) []byte {
	return []byte(`{"Resources":{"Other":{"Type":"AWS::S3::Bucket","Properties":{"Metrics":7}},
		"A":{"Type":"AWS::CloudWatch::Alarm","Properties":{"AlarmName":"a","TreatMissingData":"notBreaching",` +
		properties + `}}}}`)
}

func parse(t *testing.T, properties string) cloudwatch.Alarm {
	t.Helper()
	all, err := cloudwatch.Alarms(template(properties), cloudwatch.Local)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	return all[0]
}

const (
	errorsOf = `"Namespace":"N","MetricName":"Errors","Statistic":"Sum","Period":60,
		"Dimensions":[{"Name":"FunctionName","Value":{"Ref":"FunctionexchangeLambda1"}}]`
	above = `,"ComparisonOperator":"GreaterThanThreshold","Threshold":5,"EvaluationPeriods":`
)

// minutes are the values of a metric, minute by minute; none where there is a nil.
func minutes(of string, values ...[]float64) *cloudwatch.Figures {
	f := &cloudwatch.Figures{}
	for _, v := range values {
		if v != nil {
			f.Add(cloudwatch.Metric{Namespace: "N", Name: "Errors", Of: of}, v...)
		}
		f.Minute()
	}
	return f
}

func TestAnAlarmRingsWhenEnoughMinutesAreBeyondItsThreshold(t *testing.T) {
	six, five := []float64{2, 4}, []float64{5}
	missing := strings.Replace(errorsOf, `"Period"`, `"ComparisonOperator":"LessThanThreshold","Period"`, 1)
	for name, c := range map[string]struct {
		alarm   string
		figures *cloudwatch.Figures
		want    bool
	}{
		"one is enough":            {errorsOf + above + "1", minutes("exchange", six), true},
		"it is somebody else's":    {errorsOf + above + "1", minutes("census", six), false},
		"not beyond":               {errorsOf + above + "1", minutes("exchange", five), false},
		"it is over":               {errorsOf + above + "1", minutes("exchange", six, five), false},
		"two in a row":             {errorsOf + above + "2", minutes("exchange", six, six), true},
		"two with one between":     {errorsOf + above + "2", minutes("exchange", six, five, six), false},
		"two of three":             {errorsOf + above + `3,"DatapointsToAlarm":2`, minutes("exchange", six, five, six), true},
		"two with nothing between": {errorsOf + above + "2", minutes("exchange", six, nil, six), false},
		"too young":                {errorsOf + above + "3", minutes("exchange", six), false},
		"everybody's": {strings.Split(errorsOf, `,
		"Dim`)[0] + above + "1", minutes("census", six), true},
		"nothing where something must": {missing + `,"Threshold":1,"EvaluationPeriods":2,"TreatMissingData":"breaching"`,
			minutes("exchange", nil, nil), true},
		"something after all": {missing + `,"Threshold":1,"EvaluationPeriods":2,"TreatMissingData":"breaching"`,
			minutes("exchange", nil, []float64{1}), false},
	} {
		if got := c.figures.Rings(parse(t, c.alarm)); got != c.want {
			t.Errorf("%s: rings: %v", name, got)
		}
	}
}

func TestMetricMathIsWorkedOut(t *testing.T) {
	for expression, want := range map[string]bool{
		"FILL(a, 0) + FILL(none, 0)": true, "a + none": false, "MAX([FILL(a, 0), FILL(none, 9)])": true,
		"IF(FILL(a, 0) > 100, 9, 0)": false, "IF(FILL(a, 0) > 5, 9, 0)": true, "sum": true,
		`SELECT SUM(Errors) FROM \"N\"`: true, `SELECT MAX(Errors) FROM \"N\"`: false, `SELECT MAX(Errors) FROM \"M\"`: false,
	} {
		stat := func(id, name string) string {
			return fmt.Sprintf(`{"Id":%q,"ReturnData":false,"MetricStat":{"Stat":"Sum","Period":60,
				"Metric":{"Namespace":"N","MetricName":%q}}}`, id, name)
		}
		a := parse(t, `"Metrics":[{"Id":"end","Expression":"`+expression+`","ReturnData":true},`+
			`{"Id":"sum","Expression":"FILL(a, 0)","ReturnData":false},`+stat("a", "Errors")+","+stat("none", "None")+"]"+
			above+"1")
		if got := minutes("x", []float64{2, 4}).Rings(a); got != want {
			t.Errorf("%s rings: %v", expression, got)
		}
	}
}

func TestWhatIsNotPlayedIsRefused(t *testing.T) {
	for name, properties := range map[string]string{
		"an operator": errorsOf + `,"ComparisonOperator":"GreaterThanOrEqualToThreshold"`,
		"a period":    strings.Replace(errorsOf, "60", "300", 1) + above + "1",
		"a function":  `"Metrics":[{"Id":"e","Expression":"RATE(a)"}]` + above + "1",
		"a query":     `"Metrics":[{"Id":"e","Expression":"SELECT AVG(a) FROM \"N\""}]` + above + "1",
		"no metric":   `"Metrics":[{"Id":"e","Expression":"a + 1"}]` + above + "1",
	} {
		if _, err := cloudwatch.Alarms(template(properties), cloudwatch.Local); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestFunctionsLinesBecomeMetrics(t *testing.T) {
	f := &cloudwatch.Figures{}
	fmt.Fprint(f, `exchange/1 {"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"N","Dimensions":[["zone"]],`+
		`"Metrics":[{"Name":"Errors","Unit":"Count"}]}]},"Errors":[2,4.5],"zone":"main"}`+"\n"+
		`exchange/1 {"level":"INFO"}`+"\n"+`exchange/1 {"_aws":7}`+"\nexchange/1 no JSON\n")
	f.Minute()
	if !f.Rings(parse(t, `"Metrics":[{"Id":"e","Expression":"SELECT SUM(Errors) FROM \"N\""}]`+above+"1")) {
		t.Error("the line is lost")
	}
	f.Last(2)
	if !f.Rings(parse(t, `"Metrics":[{"Id":"e","Expression":"SELECT SUM(Errors) FROM \"N\""}]`+above+"3")) {
		t.Error("minutes that are as the last one aren't")
	}
}
