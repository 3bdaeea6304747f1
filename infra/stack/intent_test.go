package stack_test

import (
	"fmt"
	"strings"
	"testing"

	"foyer/infra/topology"
)

func TestTablesKeepWhatTheyHold(t *testing.T) {
	s := app(t)
	for _, decl := range topology.Tables {
		table := s.one(t, "AWS::DynamoDB::Table", id("Table", decl.Name))
		table.want(t, "PAY_PER_REQUEST", "BillingMode")
		table.want(t, "true", "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled")
		table.want(t, "true", "SSESpecification", "SSEEnabled")
		table.want(t, "true", "DeletionProtectionEnabled")
		if table.all["DeletionPolicy"] != "RetainExceptOnCreate" || table.all["UpdateReplacePolicy"] != "Retain" {
			t.Errorf("%s goes with the stack", decl.Name)
		}
		table.want(t, decl.Hash.Name, "KeySchema", 0, "AttributeName")
		if decl.Range.Name != "" {
			if decl.Range.Name != "" {
				table.want(t, decl.Range.Name, "KeySchema", 1, "AttributeName")
			}
		}
		if decl.TTL != "" {
			table.want(t, decl.TTL, "TimeToLiveSpecification", "AttributeName")
		}
		if decl.Stream != "" {
			table.want(t, string(decl.Stream), "StreamSpecification", "StreamViewType")
		}
	}
	s.one(t, "AWS::DynamoDB::Table", "Tablequeue").want(t, "12000", "WarmThroughput", "WriteUnitsPerSecond")
}

func TestStreamsGiveUpInTimeAndTellWhere(t *testing.T) {
	s := app(t)
	for _, f := range topology.Functions {
		if f.Stream == nil {
			continue
		}
		m := s.one(t, "AWS::Lambda::EventSourceMapping", id("Function", f.Name))
		m.want(t, "ReportBatchItemFailures", "FunctionResponseTypes", 0)
		m.want(t, fmt.Sprint(f.Stream.Bisect), "BisectBatchOnFunctionError")
		m.want(t, fmt.Sprint(f.Stream.MaxAge.Seconds()), "MaximumRecordAgeInSeconds")
		m.want(t, fmt.Sprint(f.Stream.MaxRetries), "MaximumRetryAttempts")
		m.want(t, fmt.Sprint(f.Stream.Parallelization), "ParallelizationFactor")
		m.want(t, f.Stream.Filter, "FilterCriteria", "Filters", 0, "Pattern")
		queue := s.one(t, "AWS::SQS::Queue", id("Function", f.Name))
		m.want(t, "<"+queue.id+".Arn>", "DestinationConfig", "OnFailure", "Destination")
		queue.want(t, "1209600", "MessageRetentionPeriod")
	}
}

func TestJobsComeAgainThenWaitAside(t *testing.T) {
	s := app(t)
	for _, q := range topology.Queues {
		queue, dead := s.one(t, "AWS::SQS::Queue", id("Queue", q.Name, "Jobs")),
			s.one(t, "AWS::SQS::Queue", id("Queue", q.Name, "Dead"))
		queue.want(t, "<"+dead.id+".Arn>", "RedrivePolicy", "deadLetterTargetArn")
		queue.want(t, fmt.Sprint(q.MaxReceives), "RedrivePolicy", "maxReceiveCount")
		queue.want(t, fmt.Sprint(q.Visibility.Seconds()), "VisibilityTimeout")
		dead.want(t, "1209600", "MessageRetentionPeriod")
	}
	for _, f := range topology.Functions {
		if f.Queue == nil {
			continue
		}
		m := s.one(t, "AWS::Lambda::EventSourceMapping", id("Function", f.Name))
		m.want(t, "<"+s.one(t, "AWS::SQS::Queue", id("Queue", f.Queue.Queue, "Jobs")).id+".Arn>", "EventSourceArn")
		m.want(t, "ReportBatchItemFailures", "FunctionResponseTypes", 0)
		for _, q := range topology.Queues {
			if q.Name == f.Queue.Queue && q.Visibility < 6*f.Timeout {
				t.Errorf("%s: a job would show again while %s may still be at it", q.Name, f.Name)
			}
		}
	}
}

func TestEveryRouteLeadsToItsFunction(t *testing.T) {
	s := app(t)
	want := map[string]string{"ping": "MOCK"}
	for _, f := range topology.Functions {
		for _, r := range f.Routes {
			want[r.Method+" "+r.Path] = f.Name
		}
		for _, key := range f.Sockets {
			want[key] = f.Name
		}
	}
	for _, route := range s.ofType("AWS::ApiGatewayV2::Route") {
		key := render(route.get("RouteKey"))
		target := render(route.get("Target"))
		name, known := want[key]
		delete(want, key)
		if !known || !strings.Contains(integration(s, target), name) {
			t.Errorf("%s leads to %s, want %q", key, integration(s, target), name)
		}
	}
	for key, name := range want {
		t.Errorf("there is no route %s to %s", key, name)
	}
}

// integration returns what a route's target calls: its type and its address.
func integration(s *synthesized, target string) string {
	for _, i := range s.ofType("AWS::ApiGatewayV2::Integration") {
		if target == "integrations/<"+i.id+">" {
			return render(i.get("IntegrationType")) + " " + render(i.get("IntegrationUri"))
		}
	}
	return "nothing"
}

func TestAPingIsAnsweredWithoutAFunction(t *testing.T) {
	s := app(t)
	s.one(t, "AWS::ApiGatewayV2::IntegrationResponse", "Socket").want(t, `{"type":"pong"}`,
		"ResponseTemplates", "$default")
	s.one(t, "AWS::ApiGatewayV2::RouteResponse", "Socket").want(t, "$default", "RouteResponseKey")
	s.one(t, "AWS::ApiGatewayV2::Stage", "Socket").want(t, "ws", "StageName")
}

// The design's promise that no waiting visitor reaches an origin rests on this: every path but the static pages
// meets the edge function first.
func TestEveryPathButThePagesMeetsTheGate(t *testing.T) {
	door := app(t).one(t, "AWS::CloudFront::Distribution", "Door")
	meets := func(function string, at ...any) {
		t.Helper()
		gate := "<" + app(t).one(t, "AWS::CloudFront::Function", function).id + ".FunctionARN>"
		door.want(t, "viewer-request", append(at, "FunctionAssociations", 0, "EventType")...)
		door.want(t, gate, append(at, "FunctionAssociations", 0, "FunctionARN")...)
	}
	meets("EdgeGate", "DistributionConfig", "DefaultCacheBehavior")
	door.want(t, topology.OriginProtected, "DistributionConfig", "DefaultCacheBehavior", "TargetOriginId")
	for i, want := range []struct{ path, origin string }{
		{"/foyer/site/*", topology.OriginPages},
		{"/foyer/zones/*/event*", topology.OriginAPI},
		{"/foyer/zones/*/map", topology.OriginAPI}, {"/foyer/zones/*/map/*", topology.OriginAPI},
		{"/foyer/zones/*/sections", topology.OriginAPI}, {"/foyer/zones/*/sections/*", topology.OriginAPI},
		{"/foyer/*", topology.OriginAPI}, {"/ws", topology.OriginSocket},
	} {
		at := []any{"DistributionConfig", "CacheBehaviors", i}
		door.want(t, want.path, append(at, "PathPattern")...)
		door.want(t, want.origin, append(at, "TargetOriginId")...)
		if want.origin != topology.OriginPages {
			meets("EdgeApiGate", at...)
		}
	}
}

// The distribution is what the topology declares, behaviour by behaviour: the local cloud plays the same.
func TestTheDistributionIsTheDeclaredOne(t *testing.T) {
	door := app(t).one(t, "AWS::CloudFront::Distribution", "Door")
	declared := topology.Door(topology.HostOfOrigin, "tickets.example.org")
	for i, b := range declared {
		at := []any{"DistributionConfig", "CacheBehaviors", i}
		if i == len(declared)-1 {
			at = []any{"DistributionConfig", "DefaultCacheBehavior"}
		} else {
			door.want(t, b.Path, append(at, "PathPattern")...)
		}
		door.want(t, b.Origin, append(at, "TargetOriginId")...)
		functions, _ := door.get(append(at, "FunctionAssociations")...).([]any)
		if want := count(b.Before != "", b.Back); len(functions) != want {
			t.Errorf("%s: %d functions, want %d", b.Path, len(functions), want)
		}
		methods, _ := door.get(append(at, "AllowedMethods")...).([]any)
		if all := len(methods) == 7; all != b.Writes {
			t.Errorf("%s: methods %v, want all: %v", b.Path, methods, b.Writes)
		}
		if policy := door.get(append(at, "ResponseHeadersPolicyId")...); (policy != nil) != b.Secured {
			t.Errorf("%s: response headers policy %v, want one: %v", b.Path, policy, b.Secured)
		}
	}
}

func count(all ...bool) (n int) {
	for _, one := range all {
		if one {
			n++
		}
	}
	return n
}

// CloudFront would show one visitor's error to others for ten seconds, unless it is told a time for its status.
func TestNoErrorIsKept(t *testing.T) {
	door := app(t).one(t, "AWS::CloudFront::Distribution", "Door")
	told := map[string]string{}
	for _, e := range door.get("DistributionConfig", "CustomErrorResponses").([]any) {
		r := resource{id: "error", props: e.(map[string]any)}
		told[render(r.get("ErrorCode"))] = render(r.get("ErrorCachingMinTTL"))
		if len(r.props) != 2 {
			t.Errorf("an answer is replaced: %v", r.props)
		}
	}
	for _, status := range []string{"400", "403", "404", "405", "414", "500", "501", "502", "503", "504"} {
		if told[status] != "0" {
			t.Errorf("a %s is kept for %q seconds, want 0", status, told[status])
		}
	}
}

// Foyer's own pages say that no other site may show them within its own.
func TestPagesAreSecured(t *testing.T) {
	policy := app(t).one(t, "AWS::CloudFront::ResponseHeadersPolicy", "Door")
	at := []any{"ResponseHeadersPolicyConfig", "SecurityHeadersConfig"}
	h := topology.SecurityHeaders
	policy.want(t, h["content-security-policy"], append(at, "ContentSecurityPolicy", "ContentSecurityPolicy")...)
	policy.want(t, h["x-frame-options"], append(at, "FrameOptions", "FrameOption")...)
	policy.want(t, h["referrer-policy"], append(at, "ReferrerPolicy", "ReferrerPolicy")...)
	policy.want(t, strings.TrimPrefix(h["strict-transport-security"], "max-age="),
		append(at, "StrictTransportSecurity", "AccessControlMaxAgeSec")...)
	policy.want(t, "true", append(at, "ContentTypeOptions", "Override")...)
}

// Each host has its own site, which nobody reaches but by the gate, and nothing that is kept for one is another's.
func TestEachHostHasItsSite(t *testing.T) {
	s := app(t)
	door := s.one(t, "AWS::CloudFront::Distribution", "Door")
	door.want(t, "sale.example.com", "DistributionConfig", "Aliases", 0)
	door.want(t, "tickets.example.org", "DistributionConfig", "Aliases", 1)
	sites := map[string]string{}
	for _, o := range door.get("DistributionConfig", "Origins").([]any) {
		origin := resource{id: "site", props: o.(map[string]any)}
		sites[render(origin.get("Id"))] = render(origin.get("DomainName"))
		if id := render(origin.get("Id")); id == "tickets.example.org" &&
			!strings.Contains(render(origin.get("OriginCustomHeaders")), topology.HeaderSite) {
			t.Error("the other host's site gets no secret")
		}
	}
	if sites["tickets.example.org"] != "shop.example.org" || sites[topology.OriginProtected] != "tickets.example.com" {
		t.Errorf("sites %v", sites)
	}
	if policy := s.one(t, "AWS::CloudFront::CachePolicy", "DoorSiteCache"); !strings.Contains(render(policy.get(
		"CachePolicyConfig", "ParametersInCacheKeyAndForwardedToOrigin", "HeadersConfig")), "X-Forwarded-Host") {
		t.Error("the host isn't part of the key")
	}
}

// The protected site learns the scheme that viewers use, and has the time that the operator gives it.
func TestTheSiteIsReachedAsTheOperatorSays(t *testing.T) {
	door := app(t).one(t, "AWS::CloudFront::Distribution", "Door")
	for _, o := range door.get("DistributionConfig", "Origins").([]any) {
		origin := resource{id: "protected", props: o.(map[string]any)}
		if render(origin.get("Id")) != topology.OriginProtected {
			continue
		}
		told := render(origin.get("OriginCustomHeaders"))
		if !strings.Contains(told, topology.HeaderForwardedProto) || !strings.Contains(told, "https") {
			t.Errorf("headers %s", told)
		}
		origin.want(t, "60", "CustomOriginConfig", "OriginReadTimeout")
		origin.want(t, "3", "ConnectionTimeout")
		origin.want(t, "30", "CustomOriginConfig", "OriginKeepaliveTimeout")
	}
}

// The site's own forms aren't refused because they look bad to a rule; requests for Foyer's own paths are.
func TestTheFirewallCountsForTheSiteAndRefusesForFoyer(t *testing.T) {
	acl := app(t).one(t, "AWS::WAFv2::WebACL", "Firewall")
	rules := map[string]resource{}
	for _, rule := range acl.get("Rules").([]any) {
		r := resource{id: "rule", props: rule.(map[string]any)}
		rules[render(r.get("Name"))] = r
	}
	if rules["AWSManagedRulesCommonRuleSet"].get("OverrideAction", "Count") == nil {
		t.Error("the common rules refuse for the site")
	}
	ours := rules["common-rules-at-foyer"]
	if ours.get("Action", "Block") == nil {
		t.Error("the common rules don't refuse at Foyer's paths")
	}
	ours.want(t, topology.Prefix, "Statement", "AndStatement", "Statements", 0, "ByteMatchStatement", "SearchString")
	for _, name := range []string{"requests-per-address", "places-per-address"} {
		at := []any{"Action", "Block", "CustomResponse"}
		rules[name].want(t, "429", append(at, "ResponseCode")...)
		body := render(rules[name].get(append(at, "CustomResponseBodyKey")...))
		if acl.get("CustomResponseBodies", body, "Content") == nil {
			t.Errorf("%s answers nothing", name)
		}
	}
	if logs := app(t).ofType("AWS::WAFv2::LoggingConfiguration"); len(logs) != 1 {
		t.Errorf("%d firewall logs with -c logs=on", len(logs))
	}
}

// One socket's messages can't use up what the account may ask of API Gateway.
func TestSocketsMessagesAreThrottled(t *testing.T) {
	stage := app(t).one(t, "AWS::ApiGatewayV2::Stage", "Socket")
	for route, rate := range map[string]string{topology.SocketView: "1000", topology.SocketPing: "2000"} {
		stage.want(t, rate, "RouteSettings", route, "ThrottlingRateLimit")
	}
}

// Nobody else's schedule can act as ours, and an operator can distinguish the stages' interfaces.
func TestRolesAndNamesAreTheDeploymentsOwn(t *testing.T) {
	for _, role := range app(t).ofType("AWS::IAM::Role") {
		text := render(role.get("AssumeRolePolicyDocument", "Statement"))
		if strings.Contains(text, "scheduler.amazonaws.com") && !strings.Contains(text, "aws:SourceAccount") {
			t.Errorf("%s trusts every account's schedules", role.id)
		}
	}
	app(t).one(t, "AWS::ApiGatewayV2::Api", "Http").want(t, "<AWS::StackName>-http", "Name")
}

// A map that is kept per cookie or query would be asked for as often as there are visitors.
func TestMapsAreKeptForEverybodyAlike(t *testing.T) {
	kept := app(t).one(t, "AWS::CloudFront::CachePolicy", "DoorMapCache")
	for _, what := range []string{"Cookies", "QueryStrings", "Headers"} {
		name := strings.TrimSuffix(what, "s")
		kept.want(t, "none", "CachePolicyConfig", "ParametersInCacheKeyAndForwardedToOrigin", what+"Config",
			name+"Behavior")
	}
	kept.want(t, "60", "CachePolicyConfig", "MaxTTL")
}

func TestOnlyTheFunctionsAreToldTheFrontDoorsSecret(t *testing.T) {
	door := app(t).one(t, "AWS::CloudFront::Distribution", "Door")
	for _, o := range door.get("DistributionConfig", "Origins").([]any) {
		origin := resource{id: "origin", props: o.(map[string]any)}
		name, header := render(origin.get("Id")), render(origin.get("OriginCustomHeaders", 0, "HeaderName"))
		toFunctions := name == topology.OriginAPI || name == topology.OriginSocket
		if told := header == topology.HeaderFrontDoor; told != toFunctions {
			t.Errorf("origin %s: told the secret: %v", name, told)
		}
		value := render(origin.get("OriginCustomHeaders", 0, "HeaderValue"))
		if toFunctions && (!strings.HasPrefix(value, "{{resolve:secretsmanager:") ||
			!strings.HasSuffix(value, ":SecretString:b::}}")) {
			t.Errorf("origin %s: the header isn't the secret's slot b: %s", name, value)
		}
	}
}

func TestNobodyReadsTheBucketButTheDistribution(t *testing.T) {
	bucket := app(t).one(t, "AWS::S3::Bucket", "Pages")
	for _, how := range []string{"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"} {
		bucket.want(t, "true", "PublicAccessBlockConfiguration", how)
	}
	for _, st := range statements(app(t).one(t, "AWS::S3::BucketPolicy", "Pages")) {
		who, _ := st["Principal"].(map[string]any)
		if st["Effect"] == "Allow" && who["Service"] == nil &&
			!strings.Contains(render(st["Principal"]), "CustomS3AutoDelete") {
			t.Errorf("the bucket's policy lets in %v", st["Principal"])
		}
	}
}

func TestEveryAlarmTellsSomebodyAndSaysWhatItMeans(t *testing.T) {
	s := app(t)
	urgent, notices := "<"+s.one(t, "AWS::SNS::Topic", "AlarmsTopic").id+">",
		"<"+s.one(t, "AWS::SNS::Topic", "AlarmsNotices").id+">"
	waits := map[string]bool{}
	for _, alarm := range s.ofType("AWS::CloudWatch::Alarm") {
		to := render(alarm.get("AlarmActions", 0))
		if to != urgent && to != notices || to != render(alarm.get("OKActions", 0)) {
			t.Errorf("%s goes to %s, and its end to %s", alarm.id, to, render(alarm.get("OKActions", 0)))
		}
		waits[strings.TrimPrefix(render(alarm.get("AlarmName")), "foyer-production-")] = to == notices
		if len(render(alarm.get("AlarmDescription"))) < 40 {
			t.Errorf("%s says too little: %v", alarm.id, alarm.get("AlarmDescription"))
		}
	}
	for name, want := range map[string]bool{"exchange-absent": false, "door-errors": false, "mails-bounce": true,
		"keys-old": true, "bookings-dead-letters": true, "line-stuck": false} {
		if waits[name] != want {
			t.Errorf("%s can wait until the next morning: %v", name, waits[name])
		}
	}
}

func TestWhatHurtsVisitorsHasAnAlarm(t *testing.T) {
	have := map[string]bool{}
	for _, alarm := range app(t).ofType("AWS::CloudWatch::Alarm") {
		have[strings.TrimPrefix(render(alarm.get("AlarmName")), "foyer-production-")] = true
	}
	want := []string{
		"admission-stalled", "line-stuck", "relay-late", "push-late", "api-errors", "socket-errors", "sockets-refused",
		"functions-throttled", "authorised-not-captured", "sweep-late", "provider-shunned", "mails-bounce",
		"mails-complained", "keys-old", "rotate-errors", "door-errors", "edge-errors", "edge-throttled", "edge-near-limit",
		"api-near-quota", "api-refused", "concurrency-near-quota",
	}
	for _, f := range topology.Functions {
		if f.Stream != nil {
			want = append(want, f.Name+"-behind", f.Name+"-dead-letters")
		}
		if f.Schedule > 0 {
			want = append(want, f.Name+"-absent", f.Name+"-errors")
		}
	}
	for _, table := range []string{"zones", "queue", "grants", "seats", "holds", "orders"} {
		want = append(want, table+"-table-throttled")
	}
	for _, q := range topology.Queues {
		want = append(want, q.Name+"-waiting", q.Name+"-dead-letters")
	}
	for _, name := range want {
		if !have[name] {
			t.Errorf("there is no alarm %s", name)
		}
	}
}

// CloudFront measures in us-east-1 only, and an alarm can neither look at another Region nor publish to a topic there.
func TestTheFrontDoorIsWatchedWhereItIsMeasured(t *testing.T) {
	s := app(t).elsewhere
	topic := "<" + s.one(t, "AWS::SNS::Topic", "AlarmsTopic").id + ">"
	s.one(t, "AWS::SNS::Subscription", "AlarmsTopic").want(t, "ops@example.com", "Endpoint")
	seen := map[string]bool{}
	for _, alarm := range s.ofType("AWS::CloudWatch::Alarm") {
		if name := render(alarm.get("AlarmName")); name == "foyer-staging-door-errors" {
			alarm.want(t, topic, "AlarmActions", 0)
		}
		seen[strings.TrimPrefix(render(alarm.get("AlarmName")), "foyer-staging-")] = true
	}
	for _, name := range []string{"door-errors", "edge-errors", "edge-throttled", "edge-near-limit"} {
		if !seen[name] {
			t.Errorf("there is no alarm %s", name)
		}
	}
}

// In the default group the schedules of everybody in the account are counted together.
func TestSchedulesAreInAGroupOfTheirOwn(t *testing.T) {
	s := app(t)
	group := s.one(t, "AWS::Scheduler::ScheduleGroup", "Schedules")
	for _, schedule := range s.ofType("AWS::Scheduler::Schedule") {
		schedule.want(t, "<"+group.id+">", "GroupName")
	}
}
