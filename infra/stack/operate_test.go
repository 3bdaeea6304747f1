package stack_test

import (
	"strings"
	"testing"

	"foyer/infra/stage"
	"foyer/infra/topology"
)

// An operator who was woken hears when it is over.
func TestEveryAlarmSaysWhenItIsOver(t *testing.T) {
	for _, alarm := range app(t).ofType("AWS::CloudWatch::Alarm") {
		if alarm.get("OKActions") == nil || alarm.get("AlarmActions") == nil {
			t.Errorf("%s: %v, %v", render(alarm.get("AlarmName")), alarm.get("AlarmActions"), alarm.get("OKActions"))
		}
	}
}

// What a function refuses by itself is no failure: IntegrationError counts it too.
func TestTheSocketsAlarmsLookAtWhatTheGatewayRefuses(t *testing.T) {
	want := map[string]string{"socket-errors": "ExecutionError", "sockets-refused": "ClientError"}
	for _, alarm := range app(t).ofType("AWS::CloudWatch::Alarm") {
		name := strings.TrimPrefix(render(alarm.get("AlarmName")), "foyer-production-")
		if metric := want[name]; metric != "" && render(alarm.get("MetricName")) != metric {
			t.Errorf("%s looks at %s", name, render(alarm.get("MetricName")))
		}
		delete(want, name)
	}
	if len(want) > 0 {
		t.Errorf("there are no alarms %v", want)
	}
}

// Lanes that are refused for want of concurrency wait, and what waits too long is given up.
func TestStreamsHaveConcurrencyForAllTheirLanes(t *testing.T) {
	for _, f := range topology.Functions {
		if f.Stream == nil || f.ReservedConcurrency == 0 {
			continue
		}
		for _, shards := range []int{4, 31} {
			if got := f.Reserved(shards); got < shards*f.Stream.Parallelization {
				t.Errorf("%s: %d for %d shards in %d lanes each", f.Name, got, shards, f.Stream.Parallelization)
			}
		}
	}
}

// A waiting room alone has no payments, mails or books, and an account with ten executions at once can rehearse it.
func TestAWaitingRoomAloneNeedsNoSale(t *testing.T) {
	alone := app(t).alone
	if found := alone.ofType("AWS::DSQL::Cluster"); len(found) > 0 {
		t.Error("there is a ledger")
	}
	for _, f := range alone.ofType("AWS::Lambda::Function") {
		if f.get("ReservedConcurrentExecutions") != nil {
			t.Errorf("%s reserves concurrency of an account that has ten", render(f.get("Description")))
		}
		for _, name := range []string{"checkout", "mailer", "bookkeeper", "sweep"} {
			if strings.HasPrefix(render(f.get("Description")), "Foyer "+name+":") {
				t.Errorf("there is %s", name)
			}
		}
	}
	for _, alarm := range alone.ofType("AWS::CloudWatch::Alarm") {
		if name := render(alarm.get("AlarmName")); strings.Contains(name, "payment") || strings.Contains(name, "sweep") {
			t.Errorf("the alarm %s is about a sale", name)
		}
	}
}

func TestProductionNeedsWhatItReserves(t *testing.T) {
	set := map[string]string{"stage": "production", "origin": "https://example.com", "alarm-email": "ops@example.com",
		"mail-from": "tickets@example.com", "concurrency": "10"}
	_, err := stage.FromContext(func(key string) string { return set[key] })
	if err == nil || !strings.HasPrefix(err.Error(), "concurrency: production reserves") {
		t.Error(err)
	}
}

// A deployment that failed is rolled back whole, and can be tried again: nothing stays, and nothing refuses to go.
func TestAFirstDeploymentThatFailsCanBeRepeated(t *testing.T) {
	kept := 0
	for _, kind := range []string{"AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table", "AWS::SecretsManager::Secret",
		"AWS::Logs::LogGroup", "AWS::DSQL::Cluster"} {
		for _, r := range app(t).ofType(kind) {
			kept++
			if policy := r.all["DeletionPolicy"]; policy == "Retain" {
				t.Errorf("%s of kind %s stays after a failed creation: %v", r.id, kind, policy)
			}
		}
	}
	if kept < 20 {
		t.Errorf("found %d", kept)
	}
}

// An option that the stack reads can be written into a stage's file.
func TestEveryOptionIsKnown(t *testing.T) {
	_, _ = stage.FromContext(func(key string) string {
		if err := stage.Check([]string{key}); err != nil {
			t.Error(err)
		}
		return ""
	})
}
