package stack

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"foyer/infra/stage"
	"foyer/infra/topology"
)

// mailResource returns what a function needs to send mails as the configured sender, whose domain, or address, must be
// a verified identity of SES in the Region. Which of both is verified, nobody knows here.
func mailResource(c stage.Config) Resource {
	address := strings.TrimSuffix(c.MailFrom[strings.LastIndex(c.MailFrom, "<")+1:], ">")
	identity := func(name string) *string {
		return join(str("arn:"), awscdk.Aws_PARTITION(), str(":ses:"), awscdk.Aws_REGION(), str(":"), awscdk.Aws_ACCOUNT_ID(),
			str(":identity/"+name))
	}
	return Resource{
		Sid: "Mail", Env: topology.EnvMailFrom, Value: str(c.MailFrom),
		Arns: []*string{identity(address[strings.Index(address, "@")+1:]), identity(address)},
	}
}
