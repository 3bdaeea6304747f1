package policy_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"foyer/infra/local/calls"
	"foyer/infra/topology"
)

const golden = "../../stack/testdata/production.golden.json"

// platform begins the name of a statement for what Lambda does in the function's name.
const platform = "Platform"

type statement struct {
	Sid, Effect      string
	Action, Resource any // one or several
}

type document struct{ Statement []statement }

// template is the part of the synthesized template that matters here.
type template struct {
	Resources map[string]struct {
		Type       string
		Properties struct {
			Policies       []struct{ PolicyDocument document }
			PolicyDocument document
			Roles          []any
			Environment    struct{ Variables map[string]any }
		}
	}
}

// synthesized is the golden template.
func synthesized(t *testing.T) (tpl template) {
	t.Helper()
	text, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &tpl); err != nil {
		t.Fatal(err)
	}
	return tpl
}

// allowed is every call that the template's roles of functions allow.
func allowed(t *testing.T) map[calls.Call]bool {
	t.Helper()
	tpl := synthesized(t)
	calls := map[calls.Call]bool{}
	for _, f := range topology.Functions {
		role, found := tpl.find("AWS::IAM::Role", "Function"+plain(f.Name)+"Role")
		if !found {
			t.Errorf("%s has no role in the template: write the golden one anew", f.Name)
			continue
		}
		for _, p := range tpl.Resources[role].Properties.Policies {
			for _, s := range p.PolicyDocument.Statement {
				for _, c := range tpl.calls(t, s) {
					c.Function = f.Name
					calls[c] = true
				}
			}
		}
		if name := tpl.attached(role); name != "" {
			t.Errorf("%s has more than its one policy: %s", f.Name, name)
		}
	}
	return calls
}

// calls is every pair of an action and a resource that a statement allows.
func (tpl template) calls(t *testing.T, s statement) (found []calls.Call) {
	t.Helper()
	if strings.HasPrefix(s.Sid, platform) {
		return nil
	}
	if s.Effect != "Allow" {
		t.Errorf("%s: %s is more than is understood here", s.Sid, s.Effect)
	}
	for _, action := range list(s.Action) {
		for _, on := range list(s.Resource) {
			found = append(found, calls.Call{Action: action.(string), Resource: tpl.named(t, on)})
		}
	}
	return found
}

// named returns the topology's name for a resource of a policy.
func (tpl template) named(t *testing.T, on any) string {
	t.Helper()
	text, _ := json.Marshal(on)
	for _, method := range []string{topology.ConnectionsLook, topology.ConnectionsPush, topology.ConnectionsEnd} {
		if strings.Contains(string(text), strings.TrimPrefix(method, "@connections/")+"/@connections/*") {
			return method
		}
	}
	if strings.Contains(string(text), ":ses:") && strings.Contains(string(text), ":identity/") {
		return topology.Mail // one of the two identities by which an address may be verified
	}
	for _, x := range known() {
		id, found := tpl.find(x.kind, x.prefix)
		if !found {
			continue
		}
		switch string(text) {
		case `{"Ref":"` + id + `"}`, `{"Fn::GetAtt":["` + id + `","Arn"]}`, `{"Fn::GetAtt":["` + id + `","ResourceArn"]}`:
			return x.name
		}
		if index := between(string(text), `{"Fn::Join":["",[{"Fn::GetAtt":["`+id+`","Arn"]},"/index/`, `"]]}`); index != "" {
			return x.name + "/index/" + index
		}
	}
	t.Errorf("a policy allows something on %s, which is no resource of the topology", text)
	return string(text)
}

// origin says how a resource of the topology is found in the template.
type origin struct{ name, kind, prefix string }

func known() []origin {
	all := []origin{
		{topology.TokenKeys, "AWS::SecretsManager::Secret", "TokenKeys"},
		{topology.FrontDoor, "AWS::SecretsManager::Secret", "FrontDoor"},
		{topology.SiteSecret, "AWS::SecretsManager::Secret", "SiteSecret"},
		{topology.TicketKeys, "AWS::SecretsManager::Secret", "TicketKeys"},
		{topology.PayKeys, "AWS::SecretsManager::Secret", "PayKeys"},
		{topology.Ledger, "AWS::DSQL::Cluster", "Ledger"},
		{topology.EdgeStore, "AWS::CloudFront::KeyValueStore", "Edge"},
		{topology.Exchange, "AWS::Lambda::Function", "Functionexchange"},
		{topology.Census, "AWS::Lambda::Function", "Functioncensus"},
		{topology.Announce, "AWS::Lambda::Function", "Functionannounce"},
	}
	for _, t := range topology.Tables {
		all = append(all, origin{t.Name, "AWS::DynamoDB::Table", "Table" + plain(t.Name)})
	}
	for _, q := range topology.Queues {
		all = append(all, origin{q.Name, "AWS::SQS::Queue", "Queue" + plain(q.Name) + "Jobs"})
	}
	return all
}

// find is the one resource of a type whose logical id begins so.
func (tpl template) find(kind, prefix string) (id string, found bool) {
	var ids []string
	for id, r := range tpl.Resources {
		if r.Type == kind && strings.HasPrefix(id, prefix) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b string) int { return len(a) - len(b) })
	if len(ids) == 0 {
		return "", false
	}
	return ids[0], true
}

// attached is a policy resource that the role has besides its own.
func (tpl template) attached(role string) string {
	for id, r := range tpl.Resources {
		for _, to := range r.Properties.Roles {
			if text, _ := json.Marshal(to); string(text) == `{"Ref":"`+role+`"}` {
				return id
			}
		}
	}
	return ""
}

// plain is a name as logical ids have it.
func plain(name string) string { return strings.ReplaceAll(name, "-", "") }

func between(text, before, after string) string {
	rest, found := strings.CutPrefix(text, before)
	if !found {
		return ""
	}
	return strings.TrimSuffix(rest, after)
}

func list(v any) []any {
	if many, ok := v.([]any); ok {
		return many
	}
	return []any{v}
}
