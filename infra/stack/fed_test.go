package stack_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// playedBy names what of the local cloud counts as each of AWS's own metrics does; those that nothing here plays ring
// on AWS alone, and no test has heard them.
var playedBy = map[string]string{
	"AWS/Lambda Invocations": "lambda.Stats", "AWS/Lambda Errors": "lambda.Stats", "AWS/Lambda Throttles": "lambda.Stats",
	"AWS/SQS ApproximateNumberOfMessagesVisible": "sqs, as foyerctl redrive shows",
	"AWS/SQS ApproximateAgeOfOldestMessage":      "", "AWS/Lambda IteratorAge": "",
	"AWS/Lambda ClaimedAccountConcurrency": "", "AWS/ApiGateway 5xx": "", "AWS/ApiGateway Count": "",
	"AWS/ApiGateway MessageCount": "", "Foyer/production GatewayRefused": "", "AWS/ApiGateway ExecutionError": "",
	"AWS/ApiGateway ClientError": "", "AWS/DynamoDB ReadThrottleEvents": "", "AWS/DynamoDB WriteThrottleEvents": "",
	"AWS/CloudFront 5xxErrorRate": "", "AWS/CloudFront Requests": "", "AWS/CloudFront FunctionExecutionErrors": "",
	"AWS/CloudFront FunctionValidationErrors": "", "AWS/CloudFront FunctionThrottles": "",
	"AWS/CloudFront FunctionComputeUtilization": "", "AWS/SES Reputation.BounceRate": "",
	"AWS/SES Reputation.ComplaintRate": "",
}

var (
	queried = regexp.MustCompile(`SELECT [A-Z]+\((\w+)\) FROM`)
)

// Each metric that an alarm looks at is measured by something: Foyer's own by a function's code, AWS's by a service.
func TestEveryAlarmIsFed(t *testing.T) {
	code := ""
	for _, root := range []string{
		"../../internal/gateway", "../../internal/aws", "../../internal/boot", "../../functions",
	} {
		err := filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") &&
				!strings.HasSuffix(path, "aws/metrics/metrics.go") {
				text, err := os.ReadFile(path)
				code += string(text)
				return err
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]bool{}
	for _, alarm := range app(t).ofType("AWS::CloudWatch::Alarm") {
		text := render(alarm.props)
		for _, found := range queried.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(code, "metrics."+found[1]) {
				t.Errorf("%s looks at %s, which no function records", alarm.id, found[1])
			}
		}
		for _, m := range measured(alarm) {
			seen[m] = true
			if _, known := playedBy[m]; !known {
				t.Errorf("%s looks at %s: say whether something here plays it", alarm.id, m)
			}
		}
	}
	for _, m := range slices.Sorted(maps.Keys(playedBy)) {
		switch {
		case !seen[m]:
			t.Errorf("no alarm looks at %s", m)
		case playedBy[m] == "":
			t.Logf("%s: nothing in the local cloud counts it", m)
		}
	}
}

// measured returns the metrics of AWS that an alarm looks at.
func measured(alarm resource) (all []string) {
	of := func(r resource, at ...any) {
		if name := r.get(append(at, "MetricName")...); name != nil {
			all = append(all, render(r.get(append(at, "Namespace")...))+" "+render(name))
		}
	}
	of(alarm)
	list, _ := alarm.get("Metrics").([]any)
	for i := range list {
		of(alarm, "Metrics", i, "MetricStat", "Metric")
	}
	return all
}
