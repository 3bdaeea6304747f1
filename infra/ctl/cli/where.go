package cli

import (
	"cmp"
	"context"
	"errors"
	"os"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"

	"foyer/infra/stage"
	"foyer/internal/problem"
)

// FrontDoorEnv is the variable with the local cloud's front door, which `make run` writes.
const FrontDoorEnv = "FRONT_DOOR_URL"

// PlaceFlags say which deployment is meant.
type PlaceFlags struct {
	Stage   string `help:"The deployment: its stack's outputs name everything." env:"FOYER_STAGE" placeholder:"STAGE"`
	Region  string `help:"Its Region." placeholder:"REGION"`
	Profile string `help:"The AWS profile to use." placeholder:"NAME"`
}

// Place is a deployment in an operator's words.
type Place struct {
	Stage   string `json:"stage,omitempty"`
	Account string `json:"account,omitempty"`
	Region  string `json:"region,omitempty"`
	At      string `json:"at,omitempty"` // where it isn't AWS
}

func (p Place) String() string {
	if p.At != "" {
		return "the cloud at " + p.At
	}
	words := []string{p.Stage, "account " + p.Account, p.Region}
	for i, unknown := range []bool{p.Stage == "", p.Account == "", p.Region == ""} {
		if unknown {
			words[i] = [...]string{"a stage without --stage", "an account that no name here tells", "no Region"}[i]
		}
	}
	return strings.Join(words, ", ")
}

// Where returns the deployment, as far as the names of its parts say. It asks nobody.
func (c *Cloud) Where() Place {
	p := Place{Stage: c.Place.Stage, Account: c.account, At: os.Getenv("AWS_ENDPOINT_URL_DYNAMODB")}
	if cfg, err := c.configure(); err == nil {
		p.Region = cfg.Region
	}
	names := []string{c.Names.Zones, c.Names.Seats, c.Names.Keys, c.Names.Door, c.Sale.Orders, c.Sale.Tickets,
		c.Sale.PayKeys, c.Sale.Mails, c.Sale.Bookings, c.Sale.Payments}
	for _, name := range names {
		if found := stageIn.FindStringSubmatch(name); p.Stage == "" && found != nil {
			p.Stage = found[1]
		}
		if found := accountIn.FindStringSubmatch(name); p.Account == "" && found != nil {
			p.Account = found[1]
		}
	}
	return p
}

var (
	stageIn   = regexp.MustCompile(`\bfoyer-([a-z]+)-`)
	accountIn = regexp.MustCompile(`[:/](\d{12})[:/]`)
)

// stacks describes stacks; CloudFormation does.
type stacks interface {
	DescribeStacks(context.Context, *cloudformation.DescribeStacksInput, ...func(*cloudformation.Options),
	) (*cloudformation.DescribeStacksOutput, error)
}

// Find fills in the names of the stage's parts from its stack. What --stage says wins over variables, which may be of
// another stage.
func (c *Cloud) Find() error {
	if c.Place.Stage == "" {
		return nil
	}
	file, err := stage.Load(".", c.Place.Stage)
	if err != nil {
		return problem.New(problem.Invalid, "%v", err)
	}
	c.Place.Region, c.account = cmp.Or(c.Place.Region, file["region"]), file["account"]
	cfg, err := c.configure()
	if err != nil {
		return err
	}
	return c.read(cloudformation.NewFromConfig(cfg))
}

func (c *Cloud) read(from stacks) error {
	name := "foyer-" + c.Place.Stage
	out, err := from.DescribeStacks(c.Ctx, &cloudformation.DescribeStacksInput{StackName: &name})
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() == "ValidationError" || err == nil && len(out.Stacks) == 0 {
		return problem.New(problem.NotFound, "there is no stack %s in this account and Region: %s", name, rightPlace)
	}
	if err != nil {
		return err
	}
	found := map[string]string{}
	for _, o := range out.Stacks[0].Outputs {
		found[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
	c.found = found
	for key, into := range c.outputs() {
		*into = found[key]
	}
	if id := accountIn.FindStringSubmatch(aws.ToString(out.Stacks[0].StackId)); id != nil {
		if c.account != "" && c.account != id[1] {
			return problem.New(problem.Refused,
				"these credentials are of account %s, and %s is for %s: is it the right profile?",
				id[1], stage.File(c.Place.Stage), c.account)
		}
		c.account = id[1]
	}
	return nil
}

// Deployed returns the SDK's configuration, and the outputs of the stage's stack.
func (c *Cloud) Deployed() (Deployed, error) {
	cfg, err := c.configure()
	return Deployed{cfg, c.found}, err
}

// outputs is where the stack's outputs belong.
func (c *Cloud) outputs() map[string]*string {
	return map[string]*string{
		"TableZones": &c.Names.Zones, "TableSeats": &c.Names.Seats, "TableHolds": &c.Names.Holds,
		"TableQueue": &c.Names.Queue, "TableGrants": &c.Names.Grants, "TableViewers": &c.Names.Viewers,
		"TableOrders": &c.Sale.Orders, "TokenKeysArn": &c.Names.Keys, "FrontDoorSecretArn": &c.Names.Door,
		"FrontDoorSlot": &c.Names.Slot, "SiteSecretArn": &c.Names.Site, "SiteSecretSlot": &c.Names.SiteSlot,
		"Hosts":         &c.Names.Hosts,
		"TicketKeysArn": &c.Sale.Tickets, "PayKeysArn": &c.Sale.PayKeys,
		"LedgerUrl": &c.Sale.Ledger, "QueueMails": &c.Sale.Mails, "QueueBookings": &c.Sale.Bookings,
		"QueuePayments": &c.Sale.Payments,
	}
}

// configure reads the SDK's configuration once, when first needed: checking a file needs none.
func (c *Cloud) configure() (aws.Config, error) {
	c.once.Do(func() {
		options := []func(*config.LoadOptions) error{config.WithLogger(logging.Nop{})}
		if c.Place.Region != "" {
			options = append(options, config.WithRegion(c.Place.Region))
		}
		if c.Place.Profile != "" {
			options = append(options, config.WithSharedConfigProfile(c.Place.Profile))
		}
		c.cfg, c.err = config.LoadDefaultConfig(c.Ctx, options...)
	})
	return c.cfg, c.err
}
