package local

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	localaws "foyer/infra/local/aws"
	"foyer/infra/topology"
)

// lettersOf is the queue of what a stream's function gave up.
func lettersOf(function string) string { return "letters-" + function }

// letters are the queues of what streams' functions give up.
func letters(functions []topology.Function) (all []topology.Queue) {
	for _, f := range functions {
		if f.Stream != nil {
			all = append(all, topology.Queue{Name: lettersOf(f.Name)})
		}
	}
	return all
}

// outputs writes the shell function out, which gives what the stack's outputs name on AWS.
func (c *Cloud) outputs(to *strings.Builder) {
	to.WriteString("out() {\n    case $1 in\n")
	named := func(kind, name, value string) {
		fmt.Fprintf(to, "    %s%s) echo '%s' ;;\n", kind, strings.ToUpper(name[:1])+name[1:], value)
	}
	for _, f := range c.functions {
		named("Function", f.Name, f.Name)
		if f.Stream != nil {
			named("Letters", f.Name, c.inside.Address+"/queues/"+localaws.Account+"/"+lettersOf(f.Name))
		}
	}
	named("", "FrontDoorUrl", c.URL)
	to.WriteString("    *) echo \"the local cloud has no output $1\" >&2; return 1 ;;\n    esac\n}\n")
}

// Operator returns a shell's lines that have foyerctl work on this cloud: the names that its flags take from variables,
// the ledger as its owner, and no profile of a real account.
func (c *Cloud) Operator() (string, error) {
	names := []string{topology.EnvKeys, topology.EnvSiteSecret, topology.EnvTicketKeys, topology.EnvPayKeys,
		topology.EnvFrontDoor, topology.EnvLedger}
	for _, table := range topology.Tables {
		names = append(names, table.Env)
	}
	for _, q := range topology.Queues {
		names = append(names, q.Env)
	}
	env, err := c.inside.Environment(topology.Function{Name: "operator", Env: names}, map[string]string{
		topology.EnvKeys: TokenKeysID, topology.EnvFrontDoor: FrontDoorID, topology.EnvSiteSecret: SiteSecretID,
		topology.EnvTicketKeys: TicketKeysID, topology.EnvPayKeys: PayKeysID, topology.EnvLedger: c.Ledger,
	})
	if err != nil {
		return "", err
	}
	for _, proxied := range []string{"HTTP_PROXY", "NO_PROXY", "AWS_ENDPOINT_URL_CLOUDFRONT_KEYVALUESTORE"} {
		delete(env, proxied) // the shell is used for more than this
	}
	env["AWS_ENDPOINT_URL_DYNAMODB_STREAMS"] = c.Database
	env["FRONT_DOOR_URL"] = c.URL
	env["FRONT_DOOR_SLOT"], env["SITE_SECRET_SLOT"] = liveSlot, liveSlot // which stand in the stack's outputs on AWS
	env["AWS_REGION"], env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"] = localaws.Region, "local", "local"
	env["AWS_PROFILE"], env["AWS_SESSION_TOKEN"], env["FOYER_STAGE"] = "", "", ""
	var lines strings.Builder
	c.outputs(&lines)
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if env[name] == "" {
			fmt.Fprintf(&lines, "unset %s\n", name)
			continue
		}
		fmt.Fprintf(&lines, "export %s='%s'\n", name, strings.ReplaceAll(env[name], "'", `'\''`))
	}
	return lines.String(), nil
}
