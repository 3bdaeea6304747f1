package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awswafv2"
	"github.com/aws/constructs-go/constructs/v10"

	"foyer/infra/topology"
)

// NewFirewall makes the web ACL for the distribution and returns its ARN. The scope must be a stack in us-east-1.
//
// Rate rules see an address, not a person: behind one may stand a company or a mobile carrier, so the limits are
// far above a crowd's ordinary polling and only stop machines. Fairness comes from tokens, not from here.
func NewFirewall(scope constructs.Construct, c Config) *string {
	rules := []*awswafv2.CfnWebACL_RuleProperty{
		managed("AWSManagedRulesAmazonIpReputationList"),
		managed("AWSManagedRulesKnownBadInputsRuleSet"),
		// The protected site may take uploads; how large is its own affair.
		managed("AWSManagedRulesCommonRuleSet", "SizeRestrictions_BODY"),
		limited("requests-per-address", c.IPLimit, nil),
		limited("writes-per-address", max(c.IPLimit/10, 100), posts(topology.Prefix+"zones/")),
	}
	if c.Challenge {
		rules = append(rules, challenge())
	}
	for i, r := range rules {
		r.Priority = num(i)
	}
	acl := awswafv2.NewCfnWebACL(scope, str("Firewall"), &awswafv2.CfnWebACLProps{
		Description: str("Foyer: machines, floods and known bad inputs"), Scope: str("CLOUDFRONT"),
		DefaultAction: &awswafv2.CfnWebACL_DefaultActionProperty{Allow: map[string]any{}},
		Rules:         rules, VisibilityConfig: visible(c.Name()),
	})
	return acl.AttrArn()
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
func limited(name string, limit int, in *awswafv2.CfnWebACL_StatementProperty) *awswafv2.CfnWebACL_RuleProperty {
	rate := &awswafv2.CfnWebACL_RateBasedStatementProperty{
		AggregateKeyType: str("IP"), EvaluationWindowSec: num(300), Limit: num(limit),
	}
	if in != nil {
		rate.ScopeDownStatement = in
	}
	return &awswafv2.CfnWebACL_RuleProperty{
		Name: str(name), VisibilityConfig: visible(name),
		Statement: &awswafv2.CfnWebACL_StatementProperty{RateBasedStatement: rate},
		Action: &awswafv2.CfnWebACL_RuleActionProperty{Block: &awswafv2.CfnWebACL_BlockActionProperty{
			CustomResponse: &awswafv2.CfnWebACL_CustomResponseProperty{
				ResponseCode:    num(429),
				ResponseHeaders: []any{&awswafv2.CfnWebACL_CustomHTTPHeaderProperty{Name: str("retry-after"), Value: str("60")}},
			},
		}},
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
