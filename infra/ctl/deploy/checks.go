package deploy

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	ddbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"foyer/infra/topology"
	"foyer/internal/room/zone"
	"foyer/internal/sale/pay/stripe"
)

// concurrency looks at what the account's functions may run at once: the stage's file has to know it.
func (e *exam) concurrency() {
	const about = "concurrency"
	out, err := e.account.Functions(e.app.Ctx)
	if !e.ask(about, err) {
		return
	}
	has := 0
	if out.AccountLimit != nil {
		has = int(out.AccountLimit.ConcurrentExecutions)
	}
	said := e.config.Concurrency
	e.note(about, has >= said, fmt.Sprintf("Write concurrency = %d into the stage's file, or ask AWS for more (Service "+
		"Quotas, AWS Lambda, concurrent executions)", has), "the account has %d executions at once, and the stage's file "+
		"counts on %d", has, said)
}

// bootstrap looks for what CDK needs in the account, in the Region and in us-east-1.
func (e *exam) bootstrap() {
	for _, region := range slices.Compact([]string{e.config.Region, "us-east-1"}) {
		about := "bootstrap in " + region
		if stack, err := e.stack(region, "CDKToolkit"); e.ask(about, err) {
			e.note(about, stack != nil, "npx aws-cdk bootstrap, with the account's id and that Region",
				"CDK's own stack is there: %v", stack != nil)
		}
	}
}

// stack returns a stack; nil if there is none.
func (e *exam) stack(region, name string) (*cfntypes.Stack, error) {
	out, err := e.account.Stack(e.app.Ctx, region, name)
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() == "ValidationError" || err == nil && len(out.Stacks) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &out.Stacks[0], nil
}

// certificate looks whether the domain's certificate is issued and covers it.
func (e *exam) certificate() {
	const about = "certificate"
	if e.config.Domain == "" {
		return
	}
	out, err := e.account.Certificate(e.app.Ctx, e.config.CertARN)
	if !e.ask(about, err) || out.Certificate == nil {
		return
	}
	c := out.Certificate
	e.note(about, c.Status == acmtypes.CertificateStatusIssued,
		"Add the records by which ACM sees that the domain is yours",
		"it is %s", strings.ToLower(string(c.Status)))
	for _, host := range append([]string{e.config.Domain}, e.config.HostNames()...) {
		e.note(about, covers(c.SubjectAlternativeNames, host) || covers([]string{aws.ToString(c.DomainName)}, host),
			"Ask ACM for one with this name", "it covers %s: %v", host, covers(c.SubjectAlternativeNames, host))
	}
}

// covers reports whether a certificate's names are good for a host; * stands for one label.
func covers(names []string, host string) bool {
	_, parent, _ := strings.Cut(host, ".")
	return slices.Contains(names, host) || slices.Contains(names, "*."+parent)
}

// mail looks at Amazon SES: tickets go only from a verified identity, and outside the sandbox to everybody.
func (e *exam) mail() {
	if e.config.NoSale {
		return
	}
	out, err := e.account.Mail(e.app.Ctx)
	if e.ask("SES", err) {
		e.note("SES", out.ProductionAccessEnabled,
			"Ask AWS for production access (SES, account dashboard); till then only verified addresses get mails",
			"the account is out of the sandbox: %v", out.ProductionAccessEnabled)
		if e.plan != nil && out.SendQuota != nil {
			day, needs := out.SendQuota.Max24HourSend, e.plan.Buying.Orders*float64(max(e.plan.Sale.Zones, 1))
			e.note("SES", day >= needs || day < 0, "Ask AWS for more in Service Quotas, Amazon SES",
				"%.0f mails in 24 hours are allowed, the sale needs %.0f", day, needs)
		}
	}
	address, err := mail.ParseAddress(e.config.MailFrom)
	if err != nil || strings.HasSuffix(address.Address, ".invalid") {
		e.note("SES identity", false, "Write mail-from into the stage's file", "nobody has said whom tickets come from")
		return
	}
	_, domain, _ := strings.Cut(address.Address, "@")
	identity, err := e.account.Identity(e.app.Ctx, domain)
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() == "NotFoundException" {
		identity, err = e.account.Identity(e.app.Ctx, address.Address)
	}
	if errors.As(err, &api) && api.ErrorCode() == "NotFoundException" {
		e.note("SES identity", false, "Make the domain an identity of SES and verify it", "%s is none", domain)
		return
	}
	if e.ask("SES identity", err) {
		e.note("SES identity", identity.VerifiedForSendingStatus,
			"Add the records by which SES sees that the domain is yours",
			"%s is verified: %v", domain, identity.VerifiedForSendingStatus)
	}
}

// tables looks whether they are there, active and as warm as the stage's file says and the sale needs.
func (e *exam) tables() {
	for _, t := range topology.Tables {
		name := e.outputs["Table"+strings.ToUpper(t.Name[:1])+t.Name[1:]]
		if name == "" {
			continue
		}
		about := "table " + t.Name
		out, err := e.account.Table(e.app.Ctx, name)
		if !e.ask(about, err) || out.Table == nil {
			continue
		}
		e.note(about, out.Table.TableStatus == ddbtypes.TableStatusActive, "Wait until it is active",
			"it is %s", strings.ToLower(string(out.Table.TableStatus)))
		writes, reads := e.config.Warm[t.Name].Writes, e.config.Warm[t.Name].Reads
		if e.plan != nil {
			for _, need := range e.plan.Tables {
				if need.Name == t.Name {
					writes, reads = max(writes, int(need.WarmWrites)), max(reads, int(need.WarmReads))
				}
			}
		}
		warm := out.Table.WarmThroughput
		if writes+reads == 0 || warm == nil {
			continue
		}
		hasWrites, hasReads := aws.ToInt64(warm.WriteUnitsPerSecond), aws.ToInt64(warm.ReadUnitsPerSecond)
		e.note(about, int(hasWrites) >= writes && int(hasReads) >= reads,
			fmt.Sprintf("Write %s=%d/%d into warm of the stage's file, and deploy", t.Name, writes, reads),
			"it is warm for %d writes and %d reads a second, and %d and %d are needed", hasWrites, hasReads, writes, reads)
	}
}

// rotation looks at the age of the token keys.
func (e *exam) rotation() {
	const about = "token keys"
	id := e.outputs["TokenKeysArn"]
	if id == "" {
		return
	}
	out, err := e.account.Secret(e.app.Ctx, id)
	if !e.ask(about, err) {
		return
	}
	age := e.app.Now().Sub(aws.ToTime(out.LastRotatedDate))
	e.note(about, aws.ToBool(out.RotationEnabled) && out.LastRotatedDate != nil && age < 16*24*time.Hour,
		"Look at rotate's log, then rotate by hand: docs/operate.md, token keys",
		"rotation is on: %v; last rotated: %s", aws.ToBool(out.RotationEnabled), since(out.LastRotatedDate, age))
}

func since(at *time.Time, age time.Duration) string {
	if at == nil {
		return "never"
	}
	return fmt.Sprintf("%d days ago", int(age.Hours()/24))
}

// alarms looks whether somebody hears of them, and whether one is on. What CloudFront measures is watched in us-east-1.
func (e *exam) alarms() {
	if len(e.outputs) == 0 {
		return
	}
	e.heard("AlarmTopicArn", e.outputs["AlarmTopicArn"])
	e.heard("NoticeTopicArn", e.outputs["NoticeTopicArn"])
	regions := []string{e.config.Region}
	if watch := "us-east-1"; e.config.Region != watch {
		about := "alarms in " + watch
		stack, err := e.stack(watch, e.config.Name()+"-watch")
		switch {
		case !e.ask(about, err):
		case stack == nil:
			e.note(about, false, "make deploy, with --all", "there is no stack %s-watch", e.config.Name())
		default:
			for _, o := range stack.Outputs {
				if aws.ToString(o.OutputKey) == "AlarmTopicArn" {
					e.heard(about, aws.ToString(o.OutputValue))
				}
			}
		}
		regions = append(regions, watch)
	}
	var on []string
	for _, region := range regions {
		out, err := e.account.Alarms(e.app.Ctx, region, e.config.Name()+"-")
		if !e.ask("alarms", err) {
			return
		}
		for _, alarm := range out.MetricAlarms {
			on = append(on, aws.ToString(alarm.AlarmName))
		}
	}
	e.note("alarms", len(on) == 0, "docs/operate.md says what to do about each",
		"%d are on: %s", len(on), strings.Join(on, ", "))
}

// heard looks whether somebody has confirmed to hear of a topic.
func (e *exam) heard(about, topic string) {
	if topic == "" {
		return
	}
	out, err := e.account.Subscriptions(e.app.Ctx, topic)
	if !e.ask(about, err) {
		return
	}
	confirmed := 0
	for _, s := range out.Subscriptions {
		if strings.HasPrefix(aws.ToString(s.SubscriptionArn), "arn:") {
			confirmed++
		}
	}
	e.note(about, confirmed > 0, "Open the mail that AWS sent to alarm-email and confirm it, or subscribe somebody",
		"%d of %d who were to hear of it have confirmed", confirmed, len(out.Subscriptions))
}

// payments looks at the secret with the provider's keys, and shows nothing of it.
func (e *exam) payments() {
	const about = "payments"
	if e.config.NoSale || e.outputs["PayKeysArn"] == "" {
		return
	}
	keys, err := e.app.Parts.PayKeys(e.app.Ctx)
	if !e.ask(about, err) {
		return
	}
	live := strings.HasPrefix(keys.Key, "rk_live_") || strings.HasPrefix(keys.Key, "sk_live_")
	test := strings.HasPrefix(keys.Key, "rk_test_") || strings.HasPrefix(keys.Key, "sk_test_")
	e.note(about, live || test && !e.config.Keep(), "Put the provider's key into the secret: docs/operate.md, payments",
		"the secret holds a live key: %v; a test key: %v", live, test)
	signed := len(keys.Webhooks) > 0 && !slices.ContainsFunc(keys.Webhooks, func(s string) bool {
		return !strings.HasPrefix(s, "whsec_")
	})
	e.note(about, signed, "Put the webhook's signing secret into the secret, too", "it holds secrets of webhooks: %d",
		len(keys.Webhooks))
	e.webhook()
}

// webhook looks whether the provider sends the events that a sale needs.
func (e *exam) webhook() {
	const about, do = "webhook", "Make or change it at Stripe, Developers, Webhooks: docs/operate.md, payments"
	want := e.outputs["FrontDoorUrl"] + topology.Prefix + "webhooks/stripe"
	all, err := e.app.Parts.Webhooks(e.app.Ctx)
	if !e.ask(about, err) {
		return
	}
	at := slices.IndexFunc(all, func(one stripe.Endpoint) bool { return one.URL == want })
	if at < 0 {
		e.note(about, false, do, "none of the provider's %d endpoints is %s", len(all), want)
		return
	}
	one := all[at]
	e.note(about, one.Enabled, "Enable it: the provider stops one that fails for days", "it is enabled: %v", one.Enabled)
	missing := one.Missing()
	e.note(about, len(missing) == 0, do, "it is not sent %d of %d events: %s; written as API %s says", len(missing),
		len(stripe.Events), strings.Join(missing, ", "), cmp.Or(one.Version, "of the account"))
}

// ledger looks whether its tables and views are there.
func (e *exam) ledger() {
	const about = "ledger"
	if e.config.NoSale || e.outputs["LedgerUrl"] == "" {
		return
	}
	book, err := e.app.Parts.Book()
	if !e.ask(about, err) {
		return
	}
	defer func() { _ = book.Close(e.app.Ctx) }()
	err = book.Export(e.app.Ctx, io.Discard, "totals", topology.DefaultZone)
	e.note(about, err == nil, "Is this machine let in? After the first deployment: foyerctl ledger restrict",
		"its tables and views can be read: %v", err == nil)
	role := e.outputs["BookkeeperRoleArn"]
	roles, err := book.Roles(e.app.Ctx, role)
	if e.ask("ledger's roles", err) {
		e.note("ledger's roles", roles.Wrong() == "", "foyerctl ledger restrict "+role,
			"%s", cmp.Or(roles.Wrong(), "the function may add rows and read them, and nothing else"))
	}
}

// zones looks for what was left on, and for what the plan of the sale has otherwise.
func (e *exam) zones() {
	if e.outputs["TableZones"] == "" && e.app.Parts.Where().At == "" {
		return
	}
	store, err := e.app.Parts.Zones()
	if !e.ask("zones", err) {
		return
	}
	all, err := store.List(e.app.Ctx)
	if !e.ask("zones", err) {
		return
	}
	for _, s := range all {
		about, state := "zone "+s.Zone, s.StateAt(e.app.Now())
		before := len(e.found)
		wrong := func(is bool, do, format string, args ...any) {
			if is {
				e.note(about, false, do, format, args...)
			}
		}
		wrong(strings.HasPrefix(s.Zone, smokePrefix), "foyerctl zone close, then foyerctl zone delete "+s.Zone,
			"a smoke test left it behind")
		open, due := state == zone.Open, state == zone.Scheduled
		wrong(s.LetThrough, "foyerctl zone let-through "+s.Zone+" off", "it lets everybody through")
		wrong(open && s.Capacity == 0, "foyerctl zone set", "it is open with a capacity of 0, so nobody enters")
		wrong(due && s.OpensAt.IsZero(), "foyerctl zone set --opens", "it is scheduled without a time")
		wrong(s.PausedByProbe, "Is the site up? foyerctl zone show "+s.Zone+" names the address that is asked",
			"its probe has paused it")
		wrong(s.SaleEnded && open, "foyerctl zone sale "+s.Zone+" on", "the sale was ended and the zone is open")
		if p := e.plan; p != nil && s.Zone == topology.DefaultZone {
			wrong(s.QueueShards < p.Zone.QueueShards, "they are fixed, so make another zone",
				"its queue has %d shards and the plan %d", s.QueueShards, p.Zone.QueueShards)
			wrong(s.Rate != p.Sale.Rate || s.Capacity != p.Sale.Capacity, "foyerctl zone set",
				"it lets %d in a minute and %d at once, and the plan %d and %d", s.Rate, s.Capacity, p.Sale.Rate, p.Sale.Capacity)
		}
		if len(e.found) == before {
			e.note(about, true, "", "it is %s", state)
		}
	}
}
