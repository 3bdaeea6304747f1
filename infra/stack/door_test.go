package stack_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"foyer/infra/topology"
)

// The firewall answers before everything else: what it says by itself has the headers of Foyer's own answers.
func TestTheFirewallsAnswersAreSecured(t *testing.T) {
	refusals := 0
	for _, rule := range app(t).one(t, "AWS::WAFv2::WebACL", "Firewall").get("Rules").([]any) {
		r := resource{id: "rule", props: rule.(map[string]any)}
		block := r.get("Action", "Block")
		if block == nil {
			continue
		}
		refusals++
		headers := map[string]string{}
		said, _ := r.get("Action", "Block", "CustomResponse", "ResponseHeaders").([]any)
		for _, h := range said {
			header := resource{id: "header", props: h.(map[string]any)}
			headers[render(header.get("Name"))] = render(header.get("Value"))
		}
		for name, value := range topology.AnswerHeaders {
			if headers[name] != value {
				t.Errorf("%s: %s: %q, want %q", render(r.get("Name")), name, headers[name], value)
			}
		}
	}
	if refusals < 3 {
		t.Errorf("%d rules refuse", refusals)
	}
}

// AWS's ids of its own policies.
const (
	butHost        = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
	cachingManaged = "658327ea-f89d-4fab-a63d-7e88639e58f6"
)

// What reaches Foyer's own origins has met the function that keeps allow-listed headers and cookies, or is no more than
// a key that holds none of them.
func TestFoyersOriginsGetOnlyAllowListedHeadersAndCookies(t *testing.T) {
	s := app(t)
	door := s.one(t, "AWS::CloudFront::Distribution", "Door")
	filter := "<" + s.one(t, "AWS::CloudFront::Function", "EdgeApiGate").id + ".FunctionARN>"
	everybodys := "<" + s.one(t, "AWS::CloudFront::CachePolicy", "DoorMapCache").id + ">"
	met := map[string]int{}
	for _, one := range door.get("DistributionConfig", "CacheBehaviors").([]any) {
		b := resource{id: "behaviour", props: one.(map[string]any)}
		path, origin := render(b.get("PathPattern")), render(b.get("TargetOriginId"))
		met[origin]++
		forwards := b.get("OriginRequestPolicyId")
		switch origin {
		case topology.OriginAPI, topology.OriginSocket:
			b.want(t, filter, "FunctionAssociations", 0, "FunctionARN")
			b.want(t, "viewer-request", "FunctionAssociations", 0, "EventType")
			key := render(b.get("CachePolicyId"))
			if forwards == nil && key != everybodys || forwards != nil && render(forwards) != butHost {
				t.Errorf("%s: forwards %v", path, forwards)
			}
		case topology.OriginPages:
			b.want(t, cachingManaged, "CachePolicyId")
			if forwards != nil {
				t.Errorf("%s: forwards %v", path, forwards)
			}
		}
		if b.get("ForwardedValues") != nil {
			t.Errorf("%s: forwards by values", path)
		}
	}
	for _, origin := range []string{topology.OriginAPI, topology.OriginSocket, topology.OriginPages} {
		if met[origin] == 0 {
			t.Errorf("no behaviour leads to %s", origin)
		}
	}
}

// Who asked for what is written down where the operator says so: by the CDN and by the firewall, without the tokens
// that requests carry, for as long as other logs. Otherwise nothing is written, and no place for it is made.
func TestLogsOfCDNAndFirewallAreAnOption(t *testing.T) {
	s := app(t)
	bucket := s.one(t, "AWS::S3::Bucket", "DoorLogs")
	door := s.one(t, "AWS::CloudFront::Distribution", "Door")
	door.want(t, "<"+bucket.id+".RegionalDomainName>", "DistributionConfig", "Logging", "Bucket")
	if door.get("DistributionConfig", "Logging", "IncludeCookies") == true {
		t.Error("the CDN's log has cookies, which are people's places")
	}
	kept := render(s.one(t, "AWS::Logs::LogGroup", "HttpLogs").get("RetentionInDays"))
	bucket.want(t, kept, "LifecycleConfiguration", "Rules", 0, "ExpirationInDays")
	bucket.want(t, "true", "PublicAccessBlockConfiguration", "BlockPublicAcls")
	logging := s.one(t, "AWS::WAFv2::LoggingConfiguration", "FirewallLogging")
	group := s.one(t, "AWS::Logs::LogGroup", "FirewallLogs")
	group.want(t, kept, "RetentionInDays")
	if name := render(group.get("LogGroupName")); !strings.HasPrefix(name, "aws-waf-logs-") {
		t.Errorf("the firewall can't write to %s", name)
	}
	if to := render(logging.get("LogDestinationConfigs", 0)); !strings.Contains(to, "<"+group.id+">") {
		t.Errorf("the firewall writes to %s", to)
	}
	hidden := map[string]bool{}
	for _, f := range logging.get("RedactedFields").([]any) {
		hidden[strings.ToLower(render(resource{id: "f", props: f.(map[string]any)}.get("SingleHeader", "Name")))] = true
	}
	for _, name := range []string{
		"authorization", "cookie", "x-foyer-visitor", "x-foyer-access", "x-foyer-order-secret", topology.HeaderSite,
	} {
		if !hidden[name] {
			t.Errorf("the firewall's log shows %s; it hides %v", name, slices.Sorted(maps.Keys(hidden)))
		}
	}
	off, edge := app(t).alone, app(t).firewall
	if off.one(t, "AWS::CloudFront::Distribution", "Door").get("DistributionConfig", "Logging") != nil {
		t.Error("the CDN writes a log that nobody asked for")
	}
	if n := len(edge.ofType("AWS::WAFv2::LoggingConfiguration")) + len(edge.ofType("AWS::Logs::LogGroup")); n != 0 {
		t.Errorf("%d places for a firewall's log that nobody asked for", n)
	}
	for _, b := range off.ofType("AWS::S3::Bucket") {
		if !strings.HasPrefix(b.id, "Pages") {
			t.Errorf("the bucket %s is made for logs that nobody asked for", b.id)
		}
	}
}
