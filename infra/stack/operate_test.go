package stack_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// A crowd that takes all the account's concurrency keeps nobody's money waiting.
func TestWhatMovesMoneyHasConcurrencyOfItsOwn(t *testing.T) {
	for _, name := range []string{"webhook", "payments", "sweep"} {
		fn := app(t).one(t, "AWS::Lambda::Function", id("Function", name, "Lambda"))
		at := slices.IndexFunc(topology.Functions, func(f topology.Function) bool { return f.Name == name })
		f := topology.Functions[at]
		reserved, _ := fn.get("ReservedConcurrentExecutions").(float64)
		if reserved < 1 || f.Queue != nil && int(reserved) < f.Queue.Concurrency {
			t.Errorf("%s reserves %v", name, reserved)
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

// A name of one's own that something kept has would be taken when the deployment is made again.
func TestWhatIsKeptHasNoFixedName(t *testing.T) {
	names := []string{"TableName", "Name", "LogGroupName", "BucketName", "QueueName", "TopicName", "RoleName",
		"FunctionName", "KeyValueStoreName", "Id"}
	for _, s := range []*synthesized{app(t), app(t).alone, app(t).elsewhere, app(t).firewall, app(t).restored} {
		for id, r := range s.template["Resources"].(map[string]any) {
			one := r.(map[string]any)
			if policy := one["DeletionPolicy"]; policy != "Retain" && policy != "RetainExceptOnCreate" {
				continue
			}
			props, _ := one["Properties"].(map[string]any)
			for _, key := range names {
				if text := fmt.Sprint(props[key]); props[key] != nil && !strings.Contains(text, "AWS::StackId") {
					t.Errorf("%s is kept, and is called %s always", id, render(props[key]))
				}
			}
		}
	}
}

// A deployment on restored data uses it, and makes nothing in its place.
func TestADeploymentTakesRestoredData(t *testing.T) {
	s := app(t).restored
	for _, table := range s.ofType("AWS::DynamoDB::Table") {
		for _, kept := range []string{"Tableholds", "Tableorders", "Tableseats"} {
			if strings.HasPrefix(table.id, kept) {
				t.Errorf("%s is made", table.id)
			}
		}
	}
	if made := s.ofType("AWS::DSQL::Cluster"); len(made) > 0 {
		t.Errorf("%s is made", made[0].id)
	}
	for _, secret := range s.ofType("AWS::SecretsManager::Secret") {
		if strings.HasPrefix(secret.id, "TicketKeys") {
			t.Errorf("%s is made", secret.id)
		}
	}
	checkout := s.one(t, "AWS::Lambda::Function", "FunctioncheckoutLambda")
	checkout.want(t, "foyer-orders-2", "Environment", "Variables", "ORDERS_TABLE")
	checkout.want(t, "foyer-holds-2", "Environment", "Variables", "HOLDS_TABLE")
	checkout.want(t, restoredContext["ticket-keys"], "Environment", "Variables", topology.EnvTicketKeys)
	url := "abcdefghijklmnopqrstuvwx12.dsql.<AWS::Region>.on.aws:5432/postgres"
	bookkeeper := s.one(t, "AWS::Lambda::Function", "FunctionbookkeeperLambda")
	if got := render(bookkeeper.get("Environment", "Variables", topology.EnvLedger)); !strings.Contains(got, url) {
		t.Errorf("the ledger is at %s", got)
	}
	dispatch := s.one(t, "AWS::Lambda::EventSourceMapping", "Functiondispatch")
	dispatch.want(t, "arn:aws:dynamodb:us-east-1:123456789012:table/foyer-orders-2/stream/2026-11-26T10", "EventSourceArn")
	for function, wants := range map[string][]string{
		"dispatch":   {"table/foyer-orders-2/stream/2026-11-26T10", "table/foyer-orders-2/stream/*"},
		"sweep":      {"table/foyer-orders-2", "table/foyer-orders-2/index/open", "table/foyer-seats-2"},
		"bookkeeper": {":cluster/abcdefghijklmnopqrstuvwx12"},
		"mailer":     {restoredContext["ticket-keys"]},
	} {
		var may []string
		for _, st := range statements(s.one(t, "AWS::IAM::Role", id("Function", function, "Role"))) {
			may = append(may, list(st["Resource"])...)
		}
		for _, want := range wants {
			if !slices.ContainsFunc(may, func(r string) bool { return strings.HasSuffix(r, want) }) {
				t.Errorf("%s may not use %s: %q", function, want, may)
			}
		}
	}
	out := s.template["Outputs"].(map[string]any)
	for name, want := range map[string]string{
		"TableOrders": "foyer-orders-2", "TicketKeysArn": restoredContext["ticket-keys"],
	} {
		if got := render(out[name].(map[string]any)["Value"]); got != want {
			t.Errorf("output %s is %s", name, got)
		}
	}
}

// Every function that visitors wait for changes over in steps, and the APIs call it by the alias that does.
func TestWhatAnswersVisitorsChangesOverInSteps(t *testing.T) {
	s := app(t)
	alarms := "<" + s.one(t, "AWS::CloudWatch::Alarm", "Alarmsapierrors").id + ">"
	for _, f := range topology.Functions {
		if !f.Answers() {
			for _, a := range s.ofType("AWS::Lambda::Alias") {
				if strings.HasPrefix(a.id, id("Function", f.Name)) {
					t.Errorf("%s answers nobody, and has the alias %s", f.Name, a.id)
				}
			}
			continue
		}
		alias := s.one(t, "AWS::Lambda::Alias", id("Function", f.Name))
		update, _ := alias.all["UpdatePolicy"].(map[string]any)
		by, _ := update["CodeDeployLambdaAliasUpdate"].(map[string]any)
		group := s.one(t, "AWS::CodeDeploy::DeploymentGroup", id("Rollout", "Group", f.Name))
		if got := render(by["DeploymentGroupName"]); got != "<"+group.id+">" {
			t.Errorf("%s changes over by %s", f.Name, got)
		}
		group.want(t, "CodeDeployDefault.LambdaCanary10Percent5Minutes", "DeploymentConfigName")
		group.want(t, alarms, "AlarmConfiguration", "Alarms", 0, "Name")
		group.want(t, "DEPLOYMENT_FAILURE DEPLOYMENT_STOP_ON_REQUEST DEPLOYMENT_STOP_ON_ALARM",
			"AutoRollbackConfiguration", "Events")
		for _, i := range s.ofType("AWS::ApiGatewayV2::Integration") {
			uri := render(i.get("IntegrationUri"))
			if strings.Contains(uri, id("Function", f.Name, "Lambda")) && !strings.Contains(uri, "<"+alias.id+">") {
				t.Errorf("%s calls %s past its alias", i.id, f.Name)
			}
		}
		for _, p := range s.ofType("AWS::Lambda::Permission") {
			name, to := render(p.get("FunctionName")), render(p.get("Principal"))
			if to == "apigateway.amazonaws.com" && strings.Contains(name, id("Function", f.Name, "Lambda")) &&
				name != "<"+alias.id+">" {
				t.Errorf("%s permits calls of %s", p.id, name)
			}
		}
	}
	if found := app(t).alone.ofType("AWS::Lambda::Alias"); len(found) > 0 {
		t.Errorf("staging has the alias %s", found[0].id)
	}
}

// Turning the option off in production takes the steps away and nothing else: routes and permissions go on naming the
// alias, so that no call is refused while one replaces the other.
func TestWithoutStepsOnlyTheStepsAreGone(t *testing.T) {
	with := app(t).template["Resources"].(map[string]any)
	without := app(t).sudden.template["Resources"].(map[string]any)
	aliases := 0
	for id, r := range with {
		switch other, there := without[id]; {
		case strings.HasPrefix(id, "Rollout"):
			if there {
				t.Errorf("%s stays", id)
			}
		case !there:
			t.Errorf("%s goes", id)
		case r.(map[string]any)["Type"] == "AWS::Lambda::Alias":
			aliases++
			one := maps.Clone(r.(map[string]any))
			delete(one, "UpdatePolicy")
			if diff := cmp.Diff(one, other); diff != "" {
				t.Errorf("%s (-with steps +without)\n%s", id, diff)
			}
		case cmp.Diff(r, other) != "":
			t.Errorf("%s (-with steps +without)\n%s", id, cmp.Diff(r, other))
		}
	}
	for id := range without {
		if with[id] == nil {
			t.Errorf("%s comes", id)
		}
	}
	if aliases < 5 {
		t.Errorf("%d aliases", aliases)
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
