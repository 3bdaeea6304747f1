package stack

import (
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsscheduler"
	"github.com/aws/constructs-go/constructs/v10"

	"foyer/infra/stage"
	"foyer/infra/topology"
)

// NewSchedules starts every scheduled function as often as the topology says. A run that fails isn't tried again:
// the next one is less than a minute away, and a late repetition would only run beside it. A group of their own keeps
// them apart from others of the account.
func NewSchedules(scope constructs.Construct, c stage.Config, decl []topology.Function, functions Functions) {
	group := awsscheduler.NewCfnScheduleGroup(scope, str("Schedules"),
		&awsscheduler.CfnScheduleGroupProps{Name: str(c.Name())})
	for _, f := range decl {
		if f.Schedule > 0 {
			newSchedule(scope, f, functions[f.Name], group.Ref())
		}
	}
}

func newSchedule(scope constructs.Construct, f topology.Function, fn awslambda.Function, group *string) {
	inner := scope.Node().FindChild(str("Function-" + f.Name)).(constructs.Construct)
	call := awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions: strs("lambda:InvokeFunction"), Resources: &[]*string{fn.FunctionArn()},
	})
	role := awsiam.NewRole(inner, str("SchedulerRole"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(str("scheduler.amazonaws.com"), &awsiam.ServicePrincipalOpts{
			Conditions: &map[string]any{"StringEquals": map[string]*string{"aws:SourceAccount": awscdk.Aws_ACCOUNT_ID()}},
		}),
		InlinePolicies: &map[string]awsiam.PolicyDocument{
			"only": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &[]awsiam.PolicyStatement{call}}),
		},
	})
	awsscheduler.NewCfnSchedule(inner, str("Schedule"), &awsscheduler.CfnScheduleProps{
		Description:        str("Starts Foyer " + f.Name),
		GroupName:          group,
		ScheduleExpression: str(rate(f.Schedule)),
		FlexibleTimeWindow: &awsscheduler.CfnSchedule_FlexibleTimeWindowProperty{Mode: str("OFF")},
		Target: &awsscheduler.CfnSchedule_TargetProperty{
			Arn: fn.FunctionArn(), RoleArn: role.RoleArn(), Input: str("{}"),
			RetryPolicy: &awsscheduler.CfnSchedule_RetryPolicyProperty{MaximumEventAgeInSeconds: num(60),
				MaximumRetryAttempts: num(0)},
		},
	})
	atMostOnce(inner, fn)
}

// rate is a duration as the scheduler writes it, in whole minutes.
func rate(every time.Duration) string {
	minutes := int(every / time.Minute)
	if minutes == 1 {
		return "rate(1 minute)"
	}
	return fmt.Sprintf("rate(%d minutes)", minutes)
}
