package stage

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"foyer/infra/topology"
	"foyer/internal/aws/metrics"
	"foyer/internal/sale/mail"
)

// The stages. Staging is thrown away whole; production keeps its data whatever happens to the stack.
const (
	Staging    = "staging"
	Production = "production"
)

// What the firewall does with requests for the protected site that its rules for content find. With the first two,
// those for Foyer's own paths are refused.
const (
	WAFCount = "count" // lets them through, and counts them: a shop's forms look bad to some rules
	WAFBlock = "block"
	WAFOff   = "off" // there are no such rules: the site has a firewall of its own
)

// Config holds what an operator decides about a deployment, each with `-c key=value`.
type Config struct {
	Stage     string          // stage: staging (default) or production
	Region    string          // region: where tables and functions live; us-east-1 by default
	Account   string          // account: 12 digits; empty: whatever the credentials belong to
	Origin    *Origin         // origin and what begins so: the protected site; nil: the event's page, which Foyer hosts
	Hosted    bool            // origin is "hosted": that there is no site is meant so
	Warm      map[string]Warm // warm: table → capacity to start with, e.g. queue=12000/20000,grants=4000/4000
	MailFrom  string          // mail-from: sender of tickets, of a verified SES identity: "Name <tickets@example.com>"
	AlarmMail string          // alarm-email: address that alarms go to; empty: only the topic
	Challenge bool            // challenge: on: browsers prove themselves to the firewall before they get a token
	WAF       string          // waf: what looks bad at the site is: count (default), block or off; off without a sale
	Logs      bool            // logs: on: CloudFront and the firewall keep what was asked, addresses included
	IPLimit   int             // ip-limit: requests per IP address in 5 minutes, 100 to 2,000,000,000
	DoorSlot  string          // front-door: which of the front door's two values CloudFront sends: a (default) or b
	SiteSlot  string          // site-secret: which of its two values CloudFront sends to the site: a (default) or b
	Domain    string          // domain: own host name; empty: CloudFront's
	Hosts     []Host          // hosts: others beside the domain, each with its site: host=https://site,…
	Rules     bool            // rules: on (default where there is an origin) or off: hosts have rules
	Statement bool            // statement: on: the gate says to the site, signed, whom it lets in
	CertARN   string          // certificate: ARN in us-east-1 for domain and hosts; needed with them
	HostedID  string          // hosted-zone: Route 53 zone id for the domain's records; empty: made by hand
	NoSale    bool            // sale: off: a waiting room alone, without seats, payments, mails and the ledger
	Protect   bool            // protect: on: stack, tables and ledger refuse to be deleted; after the first deployment
	Rollback  bool            // rollback: on (default in production) or off: what answers visitors changes over in steps
	Kept      Kept            // tables, ledger, ticket-keys: what there is already, such as restored tables

	Concurrency int // concurrency: executions at once of the account in the Region, applied; 1,000 by default
	APIQuota    int // api-quota: requests a second of all its APIs, applied; the Region's default
}

// Warm is the throughput that a table can take from its first second, in units per second; 0 leaves the default
// (4,000 writes, 12,000 reads). Warm throughput costs once when it is raised and can't be lowered again.
type Warm struct{ Writes, Reads int }

// Kept is what a deployment uses in place of what it would make: restored from a backup, or of another deployment.
type Kept struct {
	Tables     map[string]KeptTable // by the topology's names
	Ledger     string               // identifier of an Aurora DSQL cluster; empty: the deployment makes one
	TicketKeys string               // ARN of the secret with the key that signs tickets; empty: the deployment makes one
}

// KeptTable is a table that there is already, and the ARN of its stream where a function reads it.
type KeptTable struct{ Name, Stream string }

// unsetSender is no address of anybody: mails from it are refused, and wait with the dead letters.
const unsetSender = "tickets@foyer.invalid"

// doorSlots are the two values of the front door's secret. Functions take either, so that the one which CloudFront
// doesn't send can be replaced; a deployment with the other slot then makes CloudFront send that.
var doorSlots = []string{"a", "b"}

// defaultIPLimit leaves room for a company or a mobile carrier behind one address: the page polls at most every
// few seconds near the front, and 3,000 people at 3 requests a minute make 45,000 in 5 minutes.
const defaultIPLimit = 50_000

var (
	accountPattern = regexp.MustCompile(`^\d{12}$`)
	regionPattern  = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d$`)
	clusterPattern = regexp.MustCompile(`^[a-z0-9]{26}$`)
	tablePattern   = regexp.MustCompile(`^[a-zA-Z0-9_.-]{3,255}$`)
	streamPattern  = regexp.MustCompile(`^arn:aws:dynamodb:([a-z0-9-]+):\d{12}:table/([a-zA-Z0-9_.-]{3,255})/stream/.+$`)
	secretPattern  = regexp.MustCompile(`^arn:aws:secretsmanager:([a-z0-9-]+):\d{12}:secret:.+-[a-zA-Z0-9]{6}$`)
	domainPattern  = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$`)
)

// FromContext reads a Config through get, which gives "" for what wasn't set. The error names the key at fault.
func FromContext(get func(key string) string) (Config, error) {
	c := Config{
		Stage: cmp.Or(get("stage"), Staging), Region: cmp.Or(get("region"), "us-east-1"), Account: get("account"),
		AlarmMail: get("alarm-email"), MailFrom: cmp.Or(get("mail-from"), unsetSender), Challenge: get("challenge") == "on",
		NoSale: get("sale") == "off", Protect: get("protect") == "on",
		DoorSlot: cmp.Or(get("front-door"), doorSlots[0]), SiteSlot: cmp.Or(get("site-secret"), doorSlots[0]),
		WAF:  cmp.Or(get("waf"), map[string]string{"off": WAFOff}[get("sale")], WAFCount),
		Logs: get("logs") == "on", Statement: get("statement") == "on",
		Domain: get("domain"), CertARN: get("certificate"),
		HostedID: get("hosted-zone"),
	}
	for _, key := range []string{"challenge", "sale", "protect", "rules", "statement", "rollback"} {
		if said := get(key); said != "" && said != "on" && said != "off" {
			return c, fmt.Errorf("%s: %s is neither on nor off", key, said)
		}
	}
	var err error
	if c.Origin, err = parseOrigin(get("origin"), get); err != nil {
		return c, err
	}
	if c.Hosts, err = parseHosts(get); err != nil {
		return c, err
	}
	c.Hosted = get("origin") == hosted
	c.Rules = get("rules") == "on" || get("rules") == "" && c.Origin != nil
	c.Rollback = get("rollback") == "on" || get("rollback") == "" && c.Stage == Production
	if c.Warm, err = parseWarm(get("warm")); err != nil {
		return c, err
	}
	if c.Kept, err = c.parseKept(get); err != nil {
		return c, err
	}
	for _, number := range []struct {
		key       string
		into      *int
		otherwise int
	}{
		{"ip-limit", &c.IPLimit, defaultIPLimit}, {"concurrency", &c.Concurrency, 1_000},
		{"api-quota", &c.APIQuota, RequestsPerSecond(c.Region)},
	} {
		said := cmp.Or(get(number.key), strconv.Itoa(number.otherwise))
		if *number.into, err = strconv.Atoi(said); err != nil {
			return c, fmt.Errorf("%s: %q is no whole number", number.key, said)
		}
	}
	return c, c.check()
}

func (c Config) check() error {
	for _, rule := range []struct {
		broken bool
		text   string
	}{
		{c.Stage != Staging && c.Stage != Production, "stage: " + c.Stage + " is neither staging nor production"},
		{!regionPattern.MatchString(c.Region), "region: " + c.Region + " is not a region"},
		{c.Account != "" && !accountPattern.MatchString(c.Account), "account: not 12 digits"},
		{c.AlarmMail != "" && !strings.Contains(c.AlarmMail, "@"), "alarm-email: not an e-mail address"},
		{!isSender(c.MailFrom), "mail-from: not an e-mail address, with or without a name before it"},
		{!Reached(c.Region), "region: " + c.Region + " is in a partition that the templates aren't for"},
		{!c.NoSale && !HasLedger(c.Region),
			"region: " + c.Region + " has no Aurora DSQL, which the books are in: take " +
				"another, or a waiting room alone with sale=off"},
		{c.Stage == Production && !c.NoSale && c.MailFrom == unsetSender,
			"mail-from: production needs an address that tickets come from, or sale=off"},
		{c.NoSale && c.MailFrom != unsetSender, "mail-from: without a sale nobody gets mails: take it away, or sale=off"},
		{c.Stage == Production && c.AlarmMail == "", "alarm-email: production needs somebody who hears of its alarms"},
		{c.Concurrency < 10, "concurrency: no account has less than 10"},
		{c.Stage == Production && !c.reserves(),
			fmt.Sprintf("concurrency: production reserves %d, and AWS keeps %d unreserved: "+
				"raise the quota, or rehearse on staging, which reserves nothing then", c.ReservedConcurrency(), unreserved)},
		{c.APIQuota < 1, "api-quota: not above 0"},
		{c.Stage == Staging && c.Protect, "protect: staging is there to be thrown away"},
		{c.IPLimit < 100 || c.IPLimit > 2_000_000_000, "ip-limit: not within 100 and 2,000,000,000"},
		{!slices.Contains([]string{WAFCount, WAFBlock, WAFOff}, c.WAF), "waf: " + c.WAF + " is none of count, block and off"},
		{!slices.Contains(doorSlots, c.SiteSlot), "site-secret: " + c.SiteSlot + " is neither a nor b"},
		{!slices.Contains(doorSlots, c.DoorSlot), "front-door: " + c.DoorSlot + " is neither a nor b"},
		{c.Domain != "" && !domainPattern.MatchString(c.Domain), "domain: not a host name in lower case"},
		{c.Domain != "" && !strings.HasPrefix(c.CertARN, "arn:aws:acm:us-east-1:"),
			"certificate: the domain needs the ARN of a certificate in us-east-1"},
		{c.Domain == "" && (c.CertARN != "" || c.HostedID != ""),
			"domain: missing, though there is a certificate or a hosted zone"},
		{c.Origin != nil && c.Domain != "" && strings.EqualFold(c.Origin.Host, c.Domain),
			"origin: it is the domain itself, which leads back to the front door: give the site another name"},
		{c.Stage == Production && c.Origin == nil && !c.Hosted,
			"origin: production needs the site to protect, or \"hosted\", which is the event's page that Foyer serves"},
	} {
		if rule.broken {
			return fmt.Errorf("%s", rule.text)
		}
	}
	return nil
}

// unreserved is what AWS keeps of an account's concurrency for functions without a reservation.
const unreserved = 100

// ReservedConcurrency returns the concurrency that the functions reserve in all.
func (c Config) ReservedConcurrency() (all int) {
	for _, f := range c.Functions() {
		all += f.Reserved(c.shards(f))
	}
	return all
}

// reserves reports whether the account has what the functions want to reserve. Where it hasn't, as a new account with
// 10, functions share what there is, which does for a rehearsal.
func (c Config) reserves() bool { return c.ReservedConcurrency() <= c.Concurrency-unreserved }

// Reservation returns the concurrency that a function reserves.
func (c Config) Reservation(f topology.Function) int {
	if !c.reserves() {
		return 0
	}
	return f.Reserved(c.shards(f))
}

// shards returns how many shards the stream has that the function reads: a partition of its table each. A new table
// takes 4,000 writes a second in four; one that is warmed takes a thousand in each.
func (c Config) shards(f topology.Function) int {
	if f.Stream == nil {
		return 0
	}
	return max(4, (c.Warm[f.Stream.Table].Writes+999)/1_000)
}

// selling are the functions that a waiting room alone doesn't need.
var selling = []string{"seats", "view", "fanout", "dispatch", "checkout", "webhook", "sweep", "payments", "mailer",
	"bookkeeper"}

// Functions returns the functions that are deployed.
func (c Config) Functions() []topology.Function {
	return slices.DeleteFunc(slices.Clone(topology.Functions), func(f topology.Function) bool {
		return c.NoSale && slices.Contains(selling, f.Name)
	})
}

// Queues returns the queues that are deployed.
func (c Config) Queues() []topology.Queue {
	if c.NoSale {
		return nil
	}
	return topology.Queues
}

// Keep reports whether data outlives the stack.
func (c Config) Keep() bool { return c.Stage == Production }

// Name is the name of the deployment's resources.
func (c Config) Name() string { return "foyer-" + c.Stage }

// Metrics is the namespace of Foyer's own metrics: staging must not trip production's alarms in the same account.
func (c Config) Metrics() string { return metrics.Namespace + "/" + c.Stage }

// parseWarm reads "table=writes/reads,…".
func parseWarm(text string) (map[string]Warm, error) {
	warm := map[string]Warm{}
	for part := range strings.SplitSeq(text, ",") {
		if part == "" {
			continue
		}
		name, units, _ := strings.Cut(part, "=")
		var w Warm
		if _, err := fmt.Sscanf(units, "%d/%d", &w.Writes, &w.Reads); err != nil || w.Writes < 1 || w.Reads < 1 {
			return nil, fmt.Errorf("warm: %q is not table=writes/reads", part)
		}
		if !slices.ContainsFunc(topology.Tables, func(t topology.Table) bool { return t.Name == name }) {
			return nil, fmt.Errorf("warm: there is no table %q", name)
		}
		warm[name] = w
	}
	return warm, nil
}

// parseKept reads what there is already: "table=name,…", where a function reads the table's stream
// "table=<the stream's ARN>,…", the ledger's cluster and the ticket keys' secret.
func (c Config) parseKept(get func(key string) string) (Kept, error) {
	k := Kept{Tables: map[string]KeptTable{}, Ledger: get("ledger"), TicketKeys: get("ticket-keys")}
	for part := range strings.SplitSeq(get("tables"), ",") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		at := slices.IndexFunc(topology.Tables, func(t topology.Table) bool { return t.Name == name })
		if at < 0 {
			return k, fmt.Errorf("tables: there is no table %q", name)
		}
		stream := streamPattern.FindStringSubmatch(value)
		switch read := topology.Tables[at].Stream != ""; {
		case c.Warm[name] != Warm{}:
			return k, fmt.Errorf("warm: the deployment doesn't make the table %s: warm it by hand", name)
		case read && stream == nil:
			return k, fmt.Errorf("tables: %s: functions read its stream: give the ARN of that, "+
				"as describe-table's LatestStreamArn says, and not %q", name, value)
		case read && stream[1] != c.Region:
			return k, fmt.Errorf("tables: %s: %s is in another Region than %s", name, value, c.Region)
		case read:
			k.Tables[name] = KeptTable{stream[2], value}
		case !tablePattern.MatchString(value):
			return k, fmt.Errorf("tables: %s: %q is not the name of a table", name, value)
		default:
			k.Tables[name] = KeptTable{Name: value}
		}
	}
	secret := secretPattern.FindStringSubmatch(k.TicketKeys)
	switch {
	case c.NoSale && k.Ledger+k.TicketKeys != "":
		return k, fmt.Errorf("sale: a waiting room alone has neither ledger nor ticket-keys: take them away, or sale=off")
	case k.Ledger != "" && !clusterPattern.MatchString(k.Ledger):
		return k, fmt.Errorf("ledger: %q is not the identifier of an Aurora DSQL cluster", k.Ledger)
	case k.TicketKeys != "" && secret == nil:
		return k, fmt.Errorf("ticket-keys: %q is not the whole ARN of a secret, with the six characters at its end",
			k.TicketKeys)
	case k.TicketKeys != "" && secret[1] != c.Region:
		return k, fmt.Errorf("ticket-keys: %s is in another Region than %s", k.TicketKeys, c.Region)
	}
	return k, nil
}

// isSender reports whether mails can be sent from an address, by the rules of the mailer.
func isSender(text string) bool {
	_, err := mail.ParseSender(text)
	return err == nil
}
