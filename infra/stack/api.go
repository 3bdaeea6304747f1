package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2integrations"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"

	"foyer/infra/stack/watch"
	"foyer/infra/topology"
)

// API is the HTTP API behind the front door.
type API struct {
	api   awsapigatewayv2.HttpApi
	Stage awsapigatewayv2.HttpStage
}

// NewAPI makes a route for each that the functions declare, and nothing else: there is no default route.
func NewAPI(scope constructs.Construct, decl []topology.Function, functions Served, space string, keep bool) *API {
	inner := constructs.NewConstruct(scope, str("Http"))
	api := awsapigatewayv2.NewHttpApi(inner, str("Api"), &awsapigatewayv2.HttpApiProps{
		ApiName:     join(awscdk.Aws_STACK_NAME(), str("-http")),
		Description: str("Foyer: register, enter, leave"), CreateDefaultStage: flag(false),
	})
	for _, f := range decl {
		if len(f.Routes) == 0 {
			continue
		}
		to := awsapigatewayv2integrations.NewHttpLambdaIntegration(str(f.Name), functions[f.Name], nil)
		for _, r := range f.Routes {
			api.AddRoutes(&awsapigatewayv2.AddRoutesOptions{
				Path: str(r.Path), Methods: &[]awsapigatewayv2.HttpMethod{awsapigatewayv2.HttpMethod(r.Method)}, Integration: to,
			})
		}
	}
	logs := awslogs.NewLogGroup(inner, str("Logs"),
		&awslogs.LogGroupProps{Retention: retention(keep), RemovalPolicy: removal(keep)})
	stage := awsapigatewayv2.NewHttpStage(inner, str("Stage"), &awsapigatewayv2.HttpStageProps{
		HttpApi: api, StageName: str("$default"), AutoDeploy: yes(), DetailedMetricsEnabled: yes(),
	})
	stage.Node().DefaultChild().(awsapigatewayv2.CfnStage).SetAccessLogSettings(
		&awsapigatewayv2.CfnStage_AccessLogSettingsProperty{
			DestinationArn: logs.LogGroupArn(), Format: str(accessLog),
		})
	// What the gateway refuses by itself it counts among what the functions refuse: its log alone distinguishes them.
	awslogs.NewMetricFilter(inner, str("Refused"), &awslogs.MetricFilterProps{
		LogGroup: logs, MetricNamespace: str(space), MetricName: str(watch.GatewayRefused), MetricValue: str("1"),
		FilterPattern: awslogs.FilterPattern_Literal(str(`{ $.status = "429" && $.integrationLatency = "-" }`)),
	})
	return &API{api: api, Stage: stage}
}

// accessLog holds nothing about a person: no address, no agent, no token.
const accessLog = `{"requestId":"$context.requestId","time":"$context.requestTimeEpoch","route":"$context.routeKey",` +
	`"status":"$context.status","latency":"$context.responseLatency","integrationLatency":"$context.integrationLatency",` +
	`"error":"$context.integrationErrorMessage"}`
