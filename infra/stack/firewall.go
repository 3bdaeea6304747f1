package stack

import (
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awswafv2"
	"github.com/aws/constructs-go/constructs/v10"

	"foyer/infra/stage"
	"foyer/infra/topology"
	"foyer/internal/texts"
)

// NewFirewall makes the web ACL for the distribution and returns its ARN. The scope must be a stack in us-east-1.
//
// Rate rules see an address, not a person: behind one may stand a company or a mobile carrier, so the limits are
// far above a crowd's ordinary polling and only stop machines. Fairness comes from tokens, not from here.
func NewFirewall(scope constructs.Construct, c stage.Config) *string {
	rules := []*awswafv2.CfnWebACL_RuleProperty{managed("AWSManagedRulesAmazonIpReputationList")}
	rules = append(rules, inspecting(c.WAF)...)
	rules = append(rules,
		limited("requests-per-address", "too-many-page", c.IPLimit, nil),
		limited("places-per-address", "too-many-json", max(c.IPLimit/5, 100),
			or(posts(topology.Prefix+"zones/"), matches("EXACTLY", "/"+topology.SocketStage, uriPath()))),
	)
	if c.Challenge {
		rules = append(rules, challenge())
	}
	for i, r := range rules {
		r.Priority = num(i)
	}
	acl := awswafv2.NewCfnWebACL(scope, str("Firewall"), &awswafv2.CfnWebACLProps{
		Description: str("Foyer: machines, floods and known bad inputs"), Scope: str("CLOUDFRONT"),
		DefaultAction: &awswafv2.CfnWebACL_DefaultActionProperty{Allow: map[string]any{}},
		Rules:         rules, VisibilityConfig: visible(c.Name()), CustomResponseBodies: bodies(),
	})
	if c.Logs {
		logFirewall(scope, c, acl)
	}
	return acl.AttrArn()
}

// inspecting returns the rules that look into requests. Where they only count for the site, the group does so for all,
// and a rule of ours refuses what it has labelled at Foyer's own paths: the group twice would cost capacity twice.
func inspecting(waf string) []*awswafv2.CfnWebACL_RuleProperty {
	if waf == stage.WAFOff {
		return nil
	}
	// Who takes uploads or a provider's calls says how large they may be.
	common := managed("AWSManagedRulesCommonRuleSet", "SizeRestrictions_BODY")
	rules := []*awswafv2.CfnWebACL_RuleProperty{managed("AWSManagedRulesKnownBadInputsRuleSet"), common}
	if waf == stage.WAFCount {
		common.OverrideAction = &awswafv2.CfnWebACL_OverrideActionProperty{Count: map[string]any{}}
		const labels = "awswaf:managed:aws:core-rule-set:"
		rules = append(rules, &awswafv2.CfnWebACL_RuleProperty{
			Name: str("common-rules-at-foyer"), VisibilityConfig: visible("common-rules-at-foyer"),
			Action: refusing(403, "refused-json"),
			Statement: and(matches("STARTS_WITH", topology.Prefix, uriPath()), labelled("NAMESPACE", labels),
				&awswafv2.CfnWebACL_StatementProperty{NotStatement: &awswafv2.CfnWebACL_NotStatementProperty{
					Statement: labelled("LABEL", labels+"SizeRestrictions_Body")},
				}),
		})
	}
	return rules
}

func labelled(scope, key string) *awswafv2.CfnWebACL_StatementProperty {
	return &awswafv2.CfnWebACL_StatementProperty{
		LabelMatchStatement: &awswafv2.CfnWebACL_LabelMatchStatementProperty{Scope: str(scope), Key: str(key)},
	}
}

// logFirewall keeps what the firewall found, without the tokens and secrets that requests carry. The firewall writes
// only to groups whose names begin so.
func logFirewall(scope constructs.Construct, c stage.Config, acl awswafv2.CfnWebACL) {
	logs := awslogs.NewLogGroup(scope, str("FirewallLogs"), &awslogs.LogGroupProps{
		LogGroupName: join(str("aws-waf-logs-"+c.Name()+"-"), once()),
		Retention:    retention(c.Keep()), RemovalPolicy: removal(c.Keep()),
	})
	var hidden []any
	for _, name := range []string{
		"authorization", "cookie", "x-foyer-visitor", "x-foyer-access", "x-foyer-order-secret", topology.HeaderSite,
	} {
		hidden = append(hidden, &awswafv2.CfnLoggingConfiguration_FieldToMatchProperty{
			SingleHeader: map[string]string{"Name": name},
		})
	}
	awswafv2.NewCfnLoggingConfiguration(scope, str("FirewallLogging"), &awswafv2.CfnLoggingConfigurationProps{
		ResourceArn: acl.AttrArn(), RedactedFields: hidden,
		LogDestinationConfigs: &[]any{awscdk.Stack_Of(scope).FormatArn(&awscdk.ArnComponents{
			Service: str("logs"), Resource: str("log-group"), ResourceName: logs.LogGroupName(),
			ArnFormat: awscdk.ArnFormat_COLON_RESOURCE_NAME,
		})},
	})
}

// once returns what distinguishes a deployment from one of the same name before it, whose logs were kept.
func once() *string {
	return awscdk.Fn_Select(num(2), awscdk.Fn_Split(str("/"), awscdk.Aws_STACK_ID(), nil))
}

// managed takes one of AWS's rule groups; the rules named after it only count.
func managed(name string, counted ...string) *awswafv2.CfnWebACL_RuleProperty {
	var overrides []any
	for _, rule := range counted {
		overrides = append(overrides, &awswafv2.CfnWebACL_RuleActionOverrideProperty{
			Name: str(rule), ActionToUse: &awswafv2.CfnWebACL_RuleActionProperty{Count: map[string]any{}},
		})
	}
	group := &awswafv2.CfnWebACL_ManagedRuleGroupStatementProperty{VendorName: str("AWS"), Name: str(name)}
	if overrides != nil {
		group.RuleActionOverrides = overrides
	}
	return &awswafv2.CfnWebACL_RuleProperty{
		Name: str(name), VisibilityConfig: visible(name),
		OverrideAction: &awswafv2.CfnWebACL_OverrideActionProperty{None: map[string]any{}},
		Statement:      &awswafv2.CfnWebACL_StatementProperty{ManagedRuleGroupStatement: group},
	}
}

// limited answers 429 to an address that makes more than limit requests in 5 minutes, of those in scope.
func limited(name, body string, limit int, in *awswafv2.CfnWebACL_StatementProperty) *awswafv2.CfnWebACL_RuleProperty {
	rate := &awswafv2.CfnWebACL_RateBasedStatementProperty{
		AggregateKeyType: str("IP"), EvaluationWindowSec: num(300), Limit: num(limit),
	}
	if in != nil {
		rate.ScopeDownStatement = in
	}
	return &awswafv2.CfnWebACL_RuleProperty{
		Name: str(name), VisibilityConfig: visible(name),
		Statement: &awswafv2.CfnWebACL_StatementProperty{RateBasedStatement: rate},
		Action:    refusing(429, body),
	}
}

// refusing answers with a status, and a body of bodies. A rule each for who wants a page and who doesn't would cost
// twice.
func refusing(status int, body string) *awswafv2.CfnWebACL_RuleActionProperty {
	response := &awswafv2.CfnWebACL_CustomResponseProperty{ResponseCode: num(status), CustomResponseBodyKey: str(body)}
	headers := maps.Clone(topology.AnswerHeaders)
	if status == 429 {
		headers["retry-after"] = "60"
	}
	var said []any
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		said = append(said, &awswafv2.CfnWebACL_CustomHTTPHeaderProperty{Name: str(name), Value: str(headers[name])})
	}
	response.ResponseHeaders = said
	return &awswafv2.CfnWebACL_RuleActionProperty{
		Block: &awswafv2.CfnWebACL_BlockActionProperty{CustomResponse: response},
	}
}

// bodies are what the firewall answers with: a page to who asks the site for too much, and at Foyer's own paths, which
// scripts and programs call, JSON with the members of a problem document.
func bodies() map[string]*awswafv2.CfnWebACL_CustomResponseBodyProperty {
	body := func(kind, text string) *awswafv2.CfnWebACL_CustomResponseBodyProperty {
		return &awswafv2.CfnWebACL_CustomResponseBodyProperty{ContentType: str(kind), Content: str(text)}
	}
	d := texts.English()
	tooMany := string(d.Edge.TooMany)
	return map[string]*awswafv2.CfnWebACL_CustomResponseBodyProperty{
		"too-many-page": body("TEXT_HTML", `<!doctype html><html lang="`+d.Lang+`" dir="`+d.Dir+`" `+
			`style="color-scheme:light dark"><meta name="viewport" content="width=device-width">`+
			`<meta name="robots" content="noindex"><title>`+tooMany+`</title>`+
			`<body style="font:1.2em system-ui;max-width:32em;margin:15vh auto;padding:0 1em"><h1>`+tooMany+`</h1>`+
			`<p>`+string(d.Edge.TooManyLead)+`</p>`),
		"too-many-json": body("APPLICATION_JSON",
			`{"type":"about:blank","title":"Too many requests","status":429,"code":"busy"}`),
		"refused-json": body("APPLICATION_JSON",
			`{"type":"about:blank","title":"The request was refused","status":403,"code":"forbidden"}`),
	}
}

// challenge has a browser prove in silence that it is one, before its navigation reaches the gate. API clients,
// sockets and the pages' own requests are left alone: they can't solve it.
func challenge() *awswafv2.CfnWebACL_RuleProperty {
	foyer := &awswafv2.CfnWebACL_StatementProperty{NotStatement: &awswafv2.CfnWebACL_NotStatementProperty{
		Statement: matches("STARTS_WITH", topology.Prefix, uriPath()),
	}}
	html := matches("CONTAINS", "text/html", &awswafv2.CfnWebACL_FieldToMatchProperty{
		SingleHeader: map[string]string{"Name": "accept"},
	})
	return &awswafv2.CfnWebACL_RuleProperty{
		Name: str("challenge"), VisibilityConfig: visible("challenge"),
		Action:    &awswafv2.CfnWebACL_RuleActionProperty{Challenge: &awswafv2.CfnWebACL_ChallengeActionProperty{}},
		Statement: and(foyer, html, method("GET")),
	}
}

// posts is a POST to a path that begins so.
func posts(path string) *awswafv2.CfnWebACL_StatementProperty {
	return and(matches("STARTS_WITH", path, uriPath()), method("POST"))
}

func method(name string) *awswafv2.CfnWebACL_StatementProperty {
	return matches("EXACTLY", name, &awswafv2.CfnWebACL_FieldToMatchProperty{Method: map[string]any{}})
}

func and(all ...*awswafv2.CfnWebACL_StatementProperty) *awswafv2.CfnWebACL_StatementProperty {
	return &awswafv2.CfnWebACL_StatementProperty{AndStatement: &awswafv2.CfnWebACL_AndStatementProperty{Statements: all}}
}

func or(all ...*awswafv2.CfnWebACL_StatementProperty) *awswafv2.CfnWebACL_StatementProperty {
	return &awswafv2.CfnWebACL_StatementProperty{OrStatement: &awswafv2.CfnWebACL_OrStatementProperty{Statements: all}}
}

func matches(how, text string, field *awswafv2.CfnWebACL_FieldToMatchProperty) *awswafv2.CfnWebACL_StatementProperty {
	return &awswafv2.CfnWebACL_StatementProperty{ByteMatchStatement: &awswafv2.CfnWebACL_ByteMatchStatementProperty{
		FieldToMatch: field, PositionalConstraint: str(how), SearchString: str(text),
		TextTransformations: []any{&awswafv2.CfnWebACL_TextTransformationProperty{Priority: num(0), Type: str("NONE")}},
	}}
}

func uriPath() *awswafv2.CfnWebACL_FieldToMatchProperty {
	return &awswafv2.CfnWebACL_FieldToMatchProperty{UriPath: map[string]any{}}
}

func visible(name string) *awswafv2.CfnWebACL_VisibilityConfigProperty {
	return &awswafv2.CfnWebACL_VisibilityConfigProperty{
		CloudWatchMetricsEnabled: true, MetricName: str(name), SampledRequestsEnabled: true,
	}
}
