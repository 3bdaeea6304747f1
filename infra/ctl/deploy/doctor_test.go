package deploy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	quotatypes "github.com/aws/aws-sdk-go-v2/service/servicequotas/types"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/smithy-go"
	"github.com/jackc/pgx/v5"
	sdk "github.com/stripe/stripe-go/v83"

	"foyer/infra/ctl/cli"
	"foyer/internal/room/zone"
	"foyer/internal/sale/ledger"
	"foyer/internal/sale/pay/stripe"
	"foyer/internal/store/memory/memroom"
	"foyer/internal/testkit/pgtest"
)

// answers is an account that answers with the files of testdata/unverified, changed by name, or with an error.
type answers struct {
	change map[string]string // file → its text instead
	fails  map[string]error
}

func answer[T any](a answers, file string) (*T, error) {
	if err := a.fails[file]; err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(unverified, file+".json"))
	if other := a.change[file]; other != "" {
		text, err = []byte(other), nil
	}
	var out T
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	return &out, err
}

func TestMain(m *testing.M) { pgtest.Main(m) }

var unverified, _ = filepath.Abs("testdata/unverified")

func (a answers) Functions(context.Context) (*lambda.GetAccountSettingsOutput, error) {
	return answer[lambda.GetAccountSettingsOutput](a, "functions")
}
func (a answers) Quotas(
	_ context.Context, region, service string,
) (*servicequotas.ListServiceQuotasOutput, error) {
	if (service == "cloudfront") != (region == "us-east-1") { // the tests' stages are in another Region
		return nil, &quotatypes.NoSuchResourceException{}
	}
	return answer[servicequotas.ListServiceQuotasOutput](a, "quotas")
}
func (a answers) Stack(_ context.Context, _, name string) (*cloudformation.DescribeStacksOutput, error) {
	if strings.HasSuffix(name, "-watch") {
		return answer[cloudformation.DescribeStacksOutput](a, "watch")
	}
	return answer[cloudformation.DescribeStacksOutput](a, "stack")
}
func (a answers) Certificate(context.Context, string) (*acm.DescribeCertificateOutput, error) {
	return answer[acm.DescribeCertificateOutput](a, "certificate")
}
func (a answers) Table(context.Context, string) (*dynamodb.DescribeTableOutput, error) {
	return answer[dynamodb.DescribeTableOutput](a, "table")
}
func (a answers) Mail(context.Context) (*sesv2.GetAccountOutput, error) {
	return answer[sesv2.GetAccountOutput](a, "mail")
}
func (a answers) Identity(context.Context, string) (*sesv2.GetEmailIdentityOutput, error) {
	return answer[sesv2.GetEmailIdentityOutput](a, "identity")
}
func (a answers) Subscriptions(context.Context, string) (*sns.ListSubscriptionsByTopicOutput, error) {
	return answer[sns.ListSubscriptionsByTopicOutput](a, "subscriptions")
}
func (a answers) Alarms(_ context.Context, region, _ string) (*cloudwatch.DescribeAlarmsOutput, error) {
	if region == "us-east-1" {
		return &cloudwatch.DescribeAlarmsOutput{}, a.fails["alarms"]
	}
	return answer[cloudwatch.DescribeAlarmsOutput](a, "alarms")
}
func (a answers) Secret(context.Context, string) (*secretsmanager.DescribeSecretOutput, error) {
	return answer[secretsmanager.DescribeSecretOutput](a, "secret")
}

// stands is a deployment that the doctor looks at.
type stands struct {
	cli.Parts
	zones   zone.Store
	keys    cli.PayKeys
	outputs map[string]string

	webhooks string // the provider's list, if not the file's
	ledger   string // the books' database; empty: there is no way to it
}

func (s stands) Where() cli.Place                             { return cli.Place{Stage: "production"} }
func (s stands) Zones() (zone.Store, error)                   { return s.zones, nil }
func (s stands) Deployed() (cli.Deployed, error)              { return cli.Deployed{Outputs: s.outputs}, nil }
func (s stands) PayKeys(context.Context) (cli.PayKeys, error) { return s.keys, nil }
func (s stands) Webhooks(context.Context) ([]stripe.Endpoint, error) {
	text, err := os.ReadFile(filepath.Join(unverified, "webhooks.json"))
	if s.webhooks != "" {
		text = []byte(s.webhooks)
	}
	var all struct{ Data []sdk.WebhookEndpoint }
	err = errors.Join(err, json.Unmarshal(text, &all))
	var read []stripe.Endpoint
	for _, e := range all.Data {
		read = append(read, stripe.Endpoint{URL: e.URL, Enabled: e.Status == "enabled", Events: e.EnabledEvents,
			Version: e.APIVersion})
	}
	return read, err
}
func (s stands) Book() (*ledger.Book, error) {
	if s.ledger == "" {
		return nil, errors.New("no network")
	}
	return &ledger.Book{Connect: func(ctx context.Context) (*pgx.Conn, error) { return pgx.Connect(ctx, s.ledger) },
		Sleep: func(context.Context, time.Duration) error { return nil }}, nil
}

const file = `
region = "eu-central-1"
origin = "https://shop.example.com"
alarm-email = "ops@example.com"
mail-from = "tickets@example.com"
domain = "sale.example.com"
certificate = "arn:aws:acm:us-east-1:123456789012:certificate/1"
warm = "queue=31000/12000"
`

// examine writes the stage's file and runs the doctor.
func examine(t *testing.T, c *Doctor, s stands, asJSON bool) (string, error) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.WriteFile("foyer.production.toml", []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err := c.Run(&cli.App{Ctx: t.Context(), Out: &out, Err: &out, JSON: asJSON, Parts: s,
		Now: func() time.Time { return time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC) }})
	return out.String(), err
}

func healthy(t *testing.T) stands {
	zones := memroom.New().Zones()
	if err := zones.SaveSettings(t.Context(), zone.New("main")); err != nil {
		t.Fatal(err)
	}
	return stands{zones: zones, keys: cli.PayKeys{Key: "rk_live_1", Webhooks: []string{"whsec_1"}},
		outputs: map[string]string{"TableQueue": "q", "TableZones": "z", "TokenKeysArn": "k", "PayKeysArn": "p",
			"AlarmTopicArn": "a", "NoticeTopicArn": "n", "FrontDoorUrl": "https://sale.example.com"}}
}

// endpoint is the provider's list with the deployment's endpoint.
func endpoint(status string, events ...string) string {
	text, _ := json.Marshal(map[string]any{"data": []any{map[string]any{"status": status, "enabled_events": events,
		"url": "https://sale.example.com/foyer/webhooks/stripe"}}})
	return string(text)
}

const bookkeeper = "arn:aws:iam::123456789012:role/bookkeeper"

// crowded is a sale to come that needs more than an account has by itself.
var crowded = saleFlags{Visitors: 200_000, PeakMinute: 60_000, Capacity: 5_000, Rate: 500, Session: 10 * time.Minute}

// quotas are applied values, in the order of the unverified ones.
func quotas(values ...int) string {
	return fmt.Sprintf(`{"Quotas":[{"QuotaCode":"L-9ED1E49A","Value":%d},{"QuotaName":"Throttle rate","Value":%d},`+
		`{"QuotaName":"Concurrent executions","Value":%d},{"QuotaName":"Requests per second per distribution","Value":%d}]}`,
		values[0], values[1], values[2], values[3])
}

// zoned changes the zone.
func zoned(change func(*zone.Settings)) func(*stands) {
	return func(s *stands) {
		z, _ := s.zones.Settings(context.Background(), "main")
		z.Version++
		change(&z)
		_ = s.zones.SaveSettings(context.Background(), z)
	}
}

// mapped has the function connect as the role that it is meant to; the database plays DSQL's own table of that.
func mapped(sql func(string)) {
	sql("INSERT INTO sys.iam_pg_role_mappings VALUES ('" + bookkeeper + "', 'foyer_bookkeeper')")
}

// TestADoctorSaysWhatIsNotRight has each thing that is looked at wrong once: a line says so and what to do, and nothing
// else is said.
func TestADoctorSaysWhatIsNotRight(t *testing.T) {
	shown := map[string]bool{}
	// books adds a ledger, whose role is made before what is then done to it; without that there are tables alone.
	books := func(then func(sql func(string))) func(*stands) {
		return func(s *stands) {
			s.ledger = pgtest.New(t)
			s.outputs["LedgerUrl"], s.outputs["BookkeeperRoleArn"] = s.ledger, bookkeeper
			direct, err := pgx.Connect(t.Context(), s.ledger)
			if err != nil {
				t.Fatal(err)
			}
			defer direct.Close(t.Context())
			sql := func(text string) {
				if _, err := direct.Exec(t.Context(), text); err != nil {
					t.Fatal(err)
				}
			}
			sql("CREATE SCHEMA sys")
			sql("CREATE TABLE sys.iam_pg_role_mappings (arn text, pg_role_name text)")
			book, _ := s.Book()
			defer book.Close(t.Context())
			if then == nil {
				_, err = book.Migrate(t.Context())
			} else {
				err = book.Restrict(t.Context(), "")
			}
			if err != nil {
				t.Fatal(err)
			}
			if then != nil {
				then(sql)
			}
		}
	}
	gone := &smithy.GenericAPIError{Code: "ValidationError", Message: "Stack with id CDKToolkit does not exist"}
	none := &smithy.GenericAPIError{Code: "NotFoundException"}
	denied := &smithy.GenericAPIError{Code: "AccessDeniedException"}
	for name, c := range map[string]struct {
		file, text string
		fails      error
		stands     func(*stands)
		sale       saleFlags
		says       string
		exit       int
	}{
		"nothing wrong": {says: "things are right"},
		"a new account": {
			file: "functions",
			text: `{"AccountLimit":{"ConcurrentExecutions":10}}`,
			says: "Write concurrency = 10",
			exit: 5,
		},
		"no bootstrap": {
			file:  "stack",
			fails: gone,
			says:  "bootstrap in us-east-1: CDK's own stack is there: false",
			exit:  5,
		},
		"no certificate yet": {
			file: "certificate",
			text: `{"Certificate":{"Status":"PENDING_VALIDATION","SubjectAlternativeNames":["*.example.com"]}}`,
			says: "certificate: it is pending_validation",
			exit: 5,
		},
		"another's name": {
			file: "certificate",
			text: `{"Certificate":{"Status":"ISSUED","SubjectAlternativeNames":["a.sale.example.com"]}}`,
			says: "it covers sale.example.com: false",
			exit: 5,
		},
		"a quota that AWS calls otherwise": {
			file: "quotas",
			text: `{"Quotas":[{"QuotaName":"Rate","Value":2500}]}`,
			says: `it can't be asked: AWS lists none called "Throttle rate L-8A5B8E43"`,
			exit: 1,
		},
		"a low quota": {
			file: "quotas", text: quotas(500, 2500, 1000, 250_000), says: "Write api-quota = 2500", exit: 5,
		},
		"too few new sockets a second": {
			file: "quotas", text: quotas(500, 50_000, 10_000, 250_000), sale: crowded,
			says: "quota of apigateway: WebSocket new connections rate: 500 is applied, the sale needs 1000. Ask AWS " +
				"for more in Service Quotas, two weeks ahead; else sockets connect later",
			exit: 5,
		},
		"too few executions for the crowd": {
			file: "quotas", text: quotas(1000, 50_000, 50, 250_000), sale: crowded,
			says: "quota of lambda: Concurrent executions: 50 is applied, the sale needs", exit: 5,
		},
		"a distribution that takes too little": {
			file: "quotas", text: quotas(1000, 50_000, 10_000, 100), sale: crowded,
			says: "quota of cloudfront: Requests per second per distribution: 100 is applied, the sale needs", exit: 5,
		},
		"a cold table": {
			file: "table",
			text: `{"Table":{"TableStatus":"ACTIVE","WarmThroughput":{"WriteUnitsPerSecond":4000,"ReadUnitsPerSecond":12000}}}`,
			says: "Write queue=31000/12000",
			exit: 5,
		},
		"a table in making": {
			file: "table",
			text: `{"Table":{"TableStatus":"UPDATING"}}`,
			says: "table queue: it is updating",
			exit: 5,
		},
		"the sandbox": {
			file: "mail",
			text: `{"ProductionAccessEnabled":false}`,
			says: "out of the sandbox: false",
			exit: 5,
		},
		"nobody's identity": {file: "identity", fails: none, says: "example.com is none", exit: 5},
		"an identity to be": {
			file: "identity",
			text: `{"VerifiedForSendingStatus":false}`,
			says: "example.com is verified: false",
			exit: 5,
		},
		"nobody hears": {
			file: "subscriptions",
			text: `{"Subscriptions":[{"SubscriptionArn":"PendingConfirmation"}]}`,
			says: "AlarmTopicArn: 0 of 1",
			exit: 5,
		},
		"an alarm": {
			file: "alarms",
			text: `{"MetricAlarms":[{"AlarmName":"foyer-production-line-stuck"}]}`,
			says: "1 are on: foyer-production-line-stuck",
			exit: 5,
		},
		"old keys": {
			file: "secret",
			text: `{"RotationEnabled":true,"LastRotatedDate":"2026-04-01T12:00:00Z"}`,
			says: "last rotated: 30 days ago",
			exit: 5,
		},
		"keys never rotated": {
			file: "secret",
			text: `{"RotationEnabled":false}`,
			says: "last rotated: never",
			exit: 5,
		},
		"may not ask": {file: "functions", fails: denied, says: "concurrency: it can't be asked", exit: 7},
		"a key for tests": {
			stands: func(s *stands) { s.keys.Key = "sk_test_1" },
			says:   "a test key: true",
			exit:   5,
		},
		"no webhook": {
			stands: func(s *stands) { s.keys.Webhooks = nil },
			says:   "secrets of webhooks: 0",
			exit:   5,
		},
		"no endpoint": {
			stands: func(s *stands) { s.webhooks = `{"data":[{"url":"https://shop.example.com","status":"enabled"}]}` },
			says:   "none of the provider's 1 endpoints is https://sale.example.com/foyer/webhooks/stripe",
			exit:   5,
		},
		"an endpoint that was stopped": {
			stands: func(s *stands) { s.webhooks = endpoint("disabled", "*") },
			says:   "webhook: it is enabled: false",
			exit:   5,
		},
		"an endpoint that misses events": {
			stands: func(s *stands) { s.webhooks = endpoint("enabled", stripe.Events[1:]...) },
			says:   "webhook: it is not sent 1 of 13 events: checkout.session.completed",
			exit:   5,
		},
		"nobody hears of CloudFront": {
			file: "watch",
			text: `{"Stacks":[{"Outputs":[{"OutputKey":"AlarmTopicArn","OutputValue":"w"}]}]}`,
			says: "things are right",
		},
		"no alarms on CloudFront": {file: "watch", fails: gone, says: "alarms in us-east-1: there is no stack", exit: 5},
		"paused by its probe": {
			stands: zoned(func(z *zone.Settings) { z.State, z.PausedByProbe = zone.Paused, true }),
			says:   "its probe has paused it", exit: 5,
		},
		"a ledger out of way": {
			stands: func(s *stands) { s.outputs["LedgerUrl"] = "postgres://x" },
			says:   "ledger: it can't be asked: no network",
			exit:   1,
		},
		"let through": {
			stands: zoned(func(z *zone.Settings) { z.LetThrough = true }),
			says:   "zone main: it lets everybody through. foyerctl zone let-through main off", exit: 5,
		},
		"open for nobody": {
			stands: zoned(func(z *zone.Settings) { z.State, z.Capacity = zone.Open, 0 }),
			says:   "zone main: it is open with a capacity of 0", exit: 5,
		},
		"scheduled for never": {
			stands: zoned(func(z *zone.Settings) { z.State = zone.Scheduled }),
			says:   "zone main: it is scheduled without a time", exit: 5,
		},
		"open after its sale": {
			stands: zoned(func(z *zone.Settings) { z.State, z.SaleEnded = zone.Open, true }),
			says:   "the sale was ended and the zone is open", exit: 5,
		},
		"a smoke test's zone": {
			stands: func(s *stands) { _ = s.zones.SaveSettings(context.Background(), zone.New(smokePrefix+"1")) },
			says:   "a smoke test left it behind", exit: 5,
		},
		"a ledger without its role": {stands: books(nil), says: ". foyerctl ledger restrict " + bookkeeper, exit: 5},
		"a function that may too much": {
			stands: books(func(sql func(string)) {
				mapped(sql)
				sql("GRANT DELETE ON ledger_entries TO foyer_bookkeeper")
			}),
			says: "ledger's roles: the role foyer_bookkeeper may DELETE ON ledger_entries", exit: 5,
		},
		"a function that connects as nobody": {
			stands: books(func(sql func(string)) { sql("DELETE FROM sys.iam_pg_role_mappings") }),
			says:   `ledger's roles: the function connects as ""`, exit: 5,
		},
		"a ledger as it should be": {stands: books(mapped), says: "things are right"},
		"before a deployment":      {stands: func(s *stands) { s.outputs = nil }, says: "things are right"},
	} {
		t.Run(name, func(t *testing.T) {
			a, s := answers{map[string]string{c.file: c.text}, map[string]error{c.file: c.fails}}, healthy(t)
			if c.stands != nil {
				c.stands(&s)
			}
			said, err := examine(t, &Doctor{account: a, saleFlags: c.sale}, s, false)
			for line := range strings.SplitSeq(said, "\n") {
				about, _, _ := strings.Cut(line, ": ")
				shown[about] = true
			}
			if !strings.Contains(said, c.says) || cli.ExitCode(err) != c.exit {
				t.Errorf("exit code %d, %v: %s", cli.ExitCode(err), err, said)
			}
			if c.exit == 5 && c.sale.Visitors == 0 && strings.Count(said, "\n") > 3 {
				t.Errorf("it says too much: %s", said)
			}
			if strings.Contains(said, "_1") {
				t.Errorf("it shows a key: %s", said)
			}
		})
	}
	s := healthy(t)
	books(mapped)(&s)
	for _, f := range findings(t, s, crowded) {
		if !shown[f.About] {
			t.Errorf("%s is looked at, and no case shows its line when it is wrong", f.About)
		}
	}
}

// findings runs the doctor for its JSON.
func findings(t *testing.T, s stands, sale saleFlags) []Finding {
	t.Helper()
	said, _ := examine(t, &Doctor{account: answers{}, saleFlags: sale}, s, true)
	var all struct{ Findings []Finding }
	if err := json.Unmarshal([]byte(said), &all); err != nil || len(all.Findings) < 15 {
		t.Errorf("%v: %s", err, said)
	}
	return all.Findings
}

// With the sale to come, quotas, tables and the zone are held against its plan.
func TestADoctorKnowsTheSaleToCome(t *testing.T) {
	c := &Doctor{account: answers{}, saleFlags: saleFlags{Visitors: 1_000_000, PeakMinute: 400_000, Capacity: 5_000,
		Rate: 500, Session: 10 * time.Minute, Seats: 200_000, PerOrder: 2}}
	said, err := examine(t, c, healthy(t), false)
	for _, want := range []string{
		"quota of apigateway: WebSocket new connections rate: 500 is applied, the sale needs 6667",
		"quota of apigateway: Throttle rate: 10000 is applied, the sale needs", "quota of lambda: Concurrent executions",
		"SES: 50000 mails in 24 hours are allowed, the sale needs 100000",
		"zone main: its queue has 4 shards and the plan 52",
		"zone main: it lets",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("%q isn't said: %s", want, said)
		}
	}
	if cli.ExitCode(err) != cli.ExitDisagrees {
		t.Error(err)
	}
	said, _ = examine(t, c, healthy(t), true)
	var all struct {
		Right    bool
		Findings []Finding
	}
	if err := json.Unmarshal([]byte(said), &all); err != nil || all.Right || len(all.Findings) < 15 {
		t.Errorf("%v: %s", err, said)
	}
}
