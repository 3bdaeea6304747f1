package stack_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"foyer/infra/stack"
	"foyer/infra/topology"
)

// id returns the logical id's beginning for a construct's path.
func id(parts ...string) string {
	return strings.NewReplacer("-", "", "_", "").Replace(strings.Join(parts, ""))
}

func TestEveryFunctionIsDeployedAsItIsDeclared(t *testing.T) {
	s := app(t)
	for _, f := range topology.Functions {
		fn := s.one(t, "AWS::Lambda::Function", id("Function", f.Name, "Lambda"))
		fn.want(t, "provided.al2023", "Runtime")
		fn.want(t, "arm64", "Architectures", 0)
		if f.Schedule == 0 {
			fn.want(t, "Active", "TracingConfig", "Mode")
		} else if mode := fn.get("TracingConfig", "Mode"); mode != nil { // each start would be paid for
			t.Errorf("%s is traced: %v", f.Name, mode)
		}
		fn.want(t, fmt.Sprint(f.MemoryMB), "MemorySize")
		fn.want(t, fmt.Sprint(f.Timeout.Seconds()), "Timeout")
		if f.ReservedConcurrency > 0 {
			fn.want(t, fmt.Sprint(f.Reserved(4)), "ReservedConcurrentExecutions")
		}
		env, _ := fn.get("Environment", "Variables").(map[string]any)
		got, want := slices.Sorted(maps.Keys(env)), slices.Sorted(slices.Values(f.Env))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: environment (-declared +deployed)\n%s", f.Name, diff)
		}
	}
}

func TestNothingElseIsDeployedButWhatCDKNeeds(t *testing.T) {
	for _, fn := range app(t).ofType("AWS::Lambda::Function") {
		if !strings.HasPrefix(fn.id, "Function") && !strings.HasPrefix(fn.id, "Custom") {
			t.Errorf("%s is no function of the topology", fn.id)
		}
	}
}

// A statement whose Sid begins so is what Lambda itself does in the function's name.
const platform = "Platform"

func TestAFunctionMayDoWhatItIsGrantedAndNothingElse(t *testing.T) {
	s := app(t)
	for _, f := range topology.Functions {
		role := s.one(t, "AWS::IAM::Role", id("Function", f.Name, "Role"))
		if role.get("ManagedPolicyArns") != nil {
			t.Errorf("%s has a managed policy", f.Name)
		}
		want, got := map[string][]string{}, map[string][]string{}
		for _, g := range f.Grants {
			want[target(t, s, g.On)] = slices.Sorted(slices.Values(g.Actions))
		}
		for _, st := range statements(role) {
			if sid, _ := st["Sid"].(string); !strings.HasPrefix(sid, platform) {
				got[strings.Join(list(st["Resource"]), " ")] = slices.Sorted(slices.Values(list(st["Action"])))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: policy (-granted +deployed)\n%s", f.Name, diff)
		}
	}
}

// target returns a policy's name for a granted resource.
func target(t *testing.T, s *synthesized, on string) string {
	t.Helper()
	switch on {
	case topology.TokenKeys:
		return "<" + s.one(t, "AWS::SecretsManager::Secret", "TokenKeys").id + ">"
	case topology.SiteSecret:
		return "<" + s.one(t, "AWS::SecretsManager::Secret", "SiteSecret").id + ">"
	case topology.FrontDoor:
		return "<" + s.one(t, "AWS::SecretsManager::Secret", "FrontDoor").id + ">"
	case topology.PayKeys:
		return "<" + s.one(t, "AWS::SecretsManager::Secret", "PayKeys").id + ">"
	case topology.TicketKeys:
		return "<" + s.one(t, "AWS::SecretsManager::Secret", "TicketKeys").id + ">"
	case topology.Ledger:
		return "<" + s.one(t, "AWS::DSQL::Cluster", "Ledger").id + ".ResourceArn>"
	case topology.Mail:
		identity := "arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:identity/"
		return identity + "example.com " + identity + "tickets@example.com"
	case topology.Exchange, topology.Census, topology.Announce:
		return "<" + s.one(t, "AWS::Lambda::Function", id("Function", strings.TrimPrefix(on, "@"))).id + ".Arn>"
	case topology.EdgeStore:
		return "<" + s.one(t, "AWS::CloudFront::KeyValueStore", "Edge").id + ".Arn>"
	case topology.ConnectionsLook, topology.ConnectionsPush, topology.ConnectionsEnd:
		stage := "arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<" +
			s.one(t, "AWS::ApiGatewayV2::Api", "Socket").id + ">/ws/"
		return stage + strings.TrimPrefix(on, "@connections/") + "/@connections/*"
	}
	for _, q := range topology.Queues {
		if q.Name == on {
			return "<" + s.one(t, "AWS::SQS::Queue", id("Queue", on, "Jobs")).id + ".Arn>"
		}
	}
	table, index, _ := strings.Cut(on, "/")
	arn := "<" + s.one(t, "AWS::DynamoDB::Table", id("Table", table)).id + ".Arn>"
	if index != "" {
		arn += "/" + index
	}
	return arn
}

func statements(role resource) (all []map[string]any) {
	policies, _ := role.get("Policies").([]any)
	if doc := role.get("PolicyDocument"); doc != nil {
		policies = append(policies, role.props)
	}
	for _, p := range policies {
		doc := p.(map[string]any)["PolicyDocument"].(map[string]any)
		for _, st := range doc["Statement"].([]any) {
			all = append(all, st.(map[string]any))
		}
	}
	return all
}

func TestNoStarWithoutAReason(t *testing.T) {
	s, used := app(t), map[string]bool{}
	for _, holder := range append(s.ofType("AWS::IAM::Role"), s.ofType("AWS::IAM::Policy")...) {
		for _, st := range statements(holder) {
			var stars []string
			for _, a := range list(st["Action"]) {
				stars = append(stars, "Action::"+a)
			}
			for _, r := range list(st["Resource"]) {
				stars = append(stars, "Resource::"+r)
			}
			for _, star := range stars {
				if strings.Contains(star, "*") && !excused(star, used) {
					t.Errorf("%s: %s has no written reason", holder.id, star)
				}
			}
		}
	}
	for _, w := range stack.Wildcards {
		if !used[w.Pattern] {
			t.Errorf("no policy needs the reason for %s", w.Pattern)
		}
	}
}

func excused(star string, used map[string]bool) bool {
	for _, w := range stack.Wildcards {
		if regexp.MustCompile(w.Pattern).MatchString(star) {
			used[w.Pattern] = true
			return true
		}
	}
	return false
}
