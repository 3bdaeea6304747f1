package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodedeploy"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"
	"github.com/aws/constructs-go/constructs/v10"

	"foyer/infra/topology"
)

// Served are the functions as the APIs call them, by their names: each by its alias or itself.
type Served map[string]awslambda.IFunction

// live is the alias's name.
const live = "live"

// Live returns the functions that visitors wait for as the APIs call them. What a deployment may change over in steps
// has an alias whether this one does or not, so that the option changes neither routes nor permissions.
func (fs Functions) Live(scope constructs.Construct, decl []topology.Function, aliased bool) Served {
	served := Served{}
	for _, f := range decl {
		if !f.Answers() {
			continue
		}
		served[f.Name] = fs[f.Name]
		if aliased {
			inner := scope.Node().FindChild(str("Function-" + f.Name)).(constructs.Construct)
			served[f.Name] = awslambda.NewAlias(inner, str("Live"), &awslambda.AliasProps{
				AliasName: str(live), Version: fs[f.Name].CurrentVersion(),
			})
		}
	}
	return served
}

// NewRollouts has a deployment give a new version of each of those functions a tenth of the calls at first, and all of
// them after five minutes without an alarm. An alarm brings the version before back, and the deployment with it. The
// alarms are those that wake people anyway, so that it costs nothing while nothing is deployed.
func NewRollouts(scope constructs.Construct, served Served, alarms ...interfacesawscloudwatch.IAlarmRef) {
	inner := constructs.NewConstruct(scope, str("Rollout"))
	var arns []*string
	for _, f := range topology.Functions {
		if alias, ok := served[f.Name].(awslambda.Alias); ok {
			// By the function: an alias waits for its group, and that for the role.
			whole := alias.Version().Lambda().FunctionArn()
			arns = append(arns, whole, join(whole, str(":"+live)))
		}
	}
	given := &Grantee{}
	given.allow("Shift", []string{"lambda:GetAlias", "lambda:UpdateAlias", "lambda:GetProvisionedConcurrencyConfig"},
		arns...)
	given.allow("Watch", []string{"cloudwatch:DescribeAlarms"}, str("*"))
	role := awsiam.NewRole(inner, str("Role"), &awsiam.RoleProps{
		AssumedBy:      awsiam.NewServicePrincipal(str("codedeploy.amazonaws.com"), nil),
		Description:    str("Foyer: changes over to new versions of functions"),
		InlinePolicies: &map[string]awsiam.PolicyDocument{"only": given.policy()},
	})
	all := awscodedeploy.NewLambdaApplication(inner, str("Application"), nil)
	for _, f := range topology.Functions {
		alias, ok := served[f.Name].(awslambda.Alias)
		if !ok {
			continue
		}
		awscodedeploy.NewLambdaDeploymentGroup(inner, str("Group-"+f.Name), &awscodedeploy.LambdaDeploymentGroupProps{
			Application: all, Alias: alias, Alarms: &alarms, Role: role.WithoutPolicyUpdates(nil),
			DeploymentConfig: awscodedeploy.LambdaDeploymentConfig_CANARY_10PERCENT_5MINUTES(),
			AutoRollback: &awscodedeploy.AutoRollbackConfig{
				FailedDeployment: yes(), StoppedDeployment: yes(), DeploymentInAlarm: yes(),
			},
		})
	}
}
