package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/constructs-go/constructs/v10"

	"foyer/infra/topology"
)

// SecretsProps says how the secrets are kept.
type SecretsProps struct {
	Keep bool
	Sale bool // seats are sold: there are tickets to sign, and payments

	TicketKeys string // ARN of the tickets' secret that there is already; empty: it is made
}

// Secrets are the token keys, the key that signs tickets, and the header that proves a request came through the front
// door.
//
// CloudFormation can generate a random text, but not the token keys' JSON (a list, with a seed beside it). So the
// secret is born with no keys, and its rotation function, started as soon as the rotation is declared, writes the
// first ones. That is the code which replaces them later, so there is one way by which keys come to be, no second
// Lambda for a custom resource, and no template, log or person ever holds a key. A function started in the seconds
// before that fails to start and is retried.
type Secrets struct {
	Keys    awssecretsmanager.Secret
	Door    awssecretsmanager.Secret
	Site    awssecretsmanager.Secret
	Pay     awssecretsmanager.Secret  // nil without a sale; see stripe.Secret: an operator writes its keys into it
	Tickets awssecretsmanager.ISecret // nil without a sale; see ticket.ParseSecret: one random text is all it needs
}

// NewSecrets makes them. None has a value in the template.
func NewSecrets(scope constructs.Construct, props SecretsProps) *Secrets {
	generated := func(id, description string, by awssecretsmanager.SecretStringGenerator) awssecretsmanager.Secret {
		return awssecretsmanager.NewSecret(scope, str(id), &awssecretsmanager.SecretProps{
			Description: str(description), RemovalPolicy: removal(props.Keep), GenerateSecretString: &by,
		})
	}
	slots := awssecretsmanager.SecretStringGenerator{
		SecretStringTemplate: str(`{"b":""}`), GenerateStringKey: str("a"), PasswordLength: num(43),
		ExcludePunctuation: yes(),
	}
	s := &Secrets{
		Keys: generated("TokenKeys", "Foyer's token keys and draw seed; written and replaced by the rotate function only",
			// "born" is noise that the generator insists on. An update of the stack doesn't write the value again
			// unless this generator changes: leave it alone.
			awssecretsmanager.SecretStringGenerator{
				SecretStringTemplate: str(`{"keys":[]}`), GenerateStringKey: str("born"),
			}),
		Door: generated("FrontDoor",
			"Foyer's front door: the header that CloudFront sends and the functions require, in two slots", slots),
		Site: generated("SiteSecret",
			"Foyer's protected site: the header by which it knows CloudFront, and Foyer the site, in two slots", slots),
	}
	if props.Sale {
		s.Pay = generated("PayKeys",
			"Foyer's payment provider: API key and webhook secrets; put the real ones here before a sale",
			awssecretsmanager.SecretStringGenerator{
				SecretStringTemplate: str(`{"webhooks":[]}`), GenerateStringKey: str("key"), ExcludePunctuation: yes(),
			})
	}
	switch {
	case props.TicketKeys != "":
		s.Tickets = awssecretsmanager.Secret_FromSecretCompleteArn(scope, str("TicketKeys"), str(props.TicketKeys))
	case props.Sale:
		s.Tickets = generated("TicketKeys",
			"Foyer's key that signs tickets; tickets that were sold hold only as long as it is known",
			awssecretsmanager.SecretStringGenerator{
				SecretStringTemplate: str(`{"kid":"t1"}`), GenerateStringKey: str("secret"), PasswordLength: num(43),
				ExcludePunctuation: yes(),
			})
	}
	return s
}

// Resources returns what functions need to read them.
func (s *Secrets) Resources() map[string]Resource {
	all := map[string]Resource{}
	for name, r := range map[string]struct {
		sid, env string
		secret   awssecretsmanager.ISecret
	}{
		topology.TokenKeys:  {"TokenKeys", topology.EnvKeys, s.Keys},
		topology.TicketKeys: {"TicketKeys", topology.EnvTicketKeys, s.Tickets},
		topology.PayKeys:    {"PayKeys", topology.EnvPayKeys, s.Pay},
		topology.FrontDoor:  {"FrontDoor", topology.EnvFrontDoor, s.Door},
		topology.SiteSecret: {"SiteSecret", topology.EnvSiteSecret, s.Site},
	} {
		if r.secret == nil {
			continue
		}
		arn := r.secret.SecretArn()
		all[name] = Resource{Sid: r.sid, Env: r.env, Value: arn, Arns: []*string{arn}}
	}
	return all
}

// Rotate has the function replace the token keys this often, and at once for the first time.
func (s *Secrets) Rotate(scope constructs.Construct, f topology.Function, fn awslambda.Function) {
	allowed := allowInvoke(scope, "RotatePermission", "secretsmanager", s.Keys.SecretArn(), fn)
	rotation := awssecretsmanager.NewCfnRotationSchedule(scope, str("Rotation"),
		&awssecretsmanager.CfnRotationScheduleProps{
			SecretId: s.Keys.SecretArn(), RotationLambdaArn: fn.FunctionArn(), RotateImmediatelyOnUpdate: yes(),
			RotationRules: &awssecretsmanager.CfnRotationSchedule_RotationRulesProperty{
				AutomaticallyAfterDays: num(f.Rotation.Hours() / 24),
			},
		})
	rotation.AddResourceDependency(allowed, nil)
}
