package deploy

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// account is what a doctor asks of AWS, in the SDK's own words. It only reads.
type account interface {
	Functions(context.Context) (*lambda.GetAccountSettingsOutput, error)
	Quotas(ctx context.Context, region, service string) (*servicequotas.ListServiceQuotasOutput, error)
	Stack(ctx context.Context, region, name string) (*cloudformation.DescribeStacksOutput, error)
	Certificate(ctx context.Context, arn string) (*acm.DescribeCertificateOutput, error)
	Table(ctx context.Context, name string) (*dynamodb.DescribeTableOutput, error)
	Mail(context.Context) (*sesv2.GetAccountOutput, error)
	Identity(ctx context.Context, name string) (*sesv2.GetEmailIdentityOutput, error)
	Subscriptions(ctx context.Context, topic string) (*sns.ListSubscriptionsByTopicOutput, error)
	Alarms(ctx context.Context, region, prefix string) (*cloudwatch.DescribeAlarmsOutput, error)
	Secret(ctx context.Context, id string) (*secretsmanager.DescribeSecretOutput, error)
}

// cloud is an account on AWS.
type cloud struct{ aws.Config }

// in returns the configuration for another Region.
func (c cloud) in(region string) aws.Config {
	other := c.Copy()
	other.Region = region
	return other
}

func (c cloud) Functions(ctx context.Context) (*lambda.GetAccountSettingsOutput, error) {
	return lambda.NewFromConfig(c.Config).GetAccountSettings(ctx, &lambda.GetAccountSettingsInput{})
}

func (c cloud) Stack(ctx context.Context, region, name string) (*cloudformation.DescribeStacksOutput, error) {
	return cloudformation.NewFromConfig(c.in(region)).
		DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &name})
}

func (c cloud) Certificate(ctx context.Context, arn string) (*acm.DescribeCertificateOutput, error) {
	return acm.NewFromConfig(c.in("us-east-1")).
		DescribeCertificate(ctx, &acm.DescribeCertificateInput{CertificateArn: &arn})
}

func (c cloud) Table(ctx context.Context, name string) (*dynamodb.DescribeTableOutput, error) {
	return dynamodb.NewFromConfig(c.Config).DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &name})
}

func (c cloud) Mail(ctx context.Context) (*sesv2.GetAccountOutput, error) {
	return sesv2.NewFromConfig(c.Config).GetAccount(ctx, &sesv2.GetAccountInput{})
}

func (c cloud) Identity(ctx context.Context, name string) (*sesv2.GetEmailIdentityOutput, error) {
	return sesv2.NewFromConfig(c.Config).GetEmailIdentity(ctx, &sesv2.GetEmailIdentityInput{EmailIdentity: &name})
}

func (c cloud) Subscriptions(ctx context.Context, topic string) (*sns.ListSubscriptionsByTopicOutput, error) {
	region := c.Region
	if id, err := arn.Parse(topic); err == nil {
		region = id.Region
	}
	return sns.NewFromConfig(c.in(region)).
		ListSubscriptionsByTopic(ctx, &sns.ListSubscriptionsByTopicInput{TopicArn: &topic})
}

func (c cloud) Alarms(ctx context.Context, region, prefix string) (*cloudwatch.DescribeAlarmsOutput, error) {
	return cloudwatch.NewFromConfig(c.in(region)).DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{
		AlarmNamePrefix: &prefix, StateValue: cloudwatchtypes.StateValueAlarm,
	})
}

func (c cloud) Secret(ctx context.Context, id string) (*secretsmanager.DescribeSecretOutput, error) {
	return secretsmanager.NewFromConfig(c.Config).
		DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &id})
}
