package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/constructs-go/constructs/v10"

	"foyer/infra/topology"
)

// Socket is the WebSocket API behind the front door. It is made in two steps, since functions call back to it and
// it calls functions: NewSocket, then Route.
type Socket struct {
	scope constructs.Construct
	api   awsapigatewayv2.CfnApi
}

// NewSocket makes the API and its stage. Stages of WebSocket APIs log by a role that is set once for the whole
// account, so this stage has no access log; the register function logs every connect.
func NewSocket(scope constructs.Construct) *Socket {
	inner := constructs.NewConstruct(scope, str("Socket"))
	api := awsapigatewayv2.NewCfnApi(inner, str("Api"), &awsapigatewayv2.CfnApiProps{
		Name: join(awscdk.Aws_STACK_NAME(), str("-socket")), Description: str("Foyer: waiting visitors"),
		ProtocolType: str("WEBSOCKET"), RouteSelectionExpression: str("$request.body.action"),
	})
	// What an open socket can ask for again and again must not use up the account's requests, which everybody shares.
	throttled := func(rate int) map[string]any {
		return map[string]any{"DetailedMetricsEnabled": true, "ThrottlingRateLimit": rate, "ThrottlingBurstLimit": 2 * rate}
	}
	awsapigatewayv2.NewCfnStage(inner, str("Stage"), &awsapigatewayv2.CfnStageProps{
		ApiId: api.Ref(), StageName: str(topology.SocketStage), AutoDeploy: true,
		DefaultRouteSettings: &awsapigatewayv2.CfnStage_RouteSettingsProperty{DetailedMetricsEnabled: true},
		RouteSettings: map[string]any{
			topology.SocketView: throttled(topology.ViewsPerSecond), topology.SocketPing: throttled(topology.PingsPerSecond),
		},
	})
	return &Socket{scope: inner, api: api}
}

// Route calls each function for the route keys that it declares, and answers pings without one.
func (s *Socket) Route(decl []topology.Function, functions Served) {
	for _, f := range decl {
		for _, key := range f.Sockets {
			s.toFunction(key, f, functions)
		}
	}
	s.ping()
}

func (s *Socket) toFunction(key string, f topology.Function, functions Served) {
	fn := functions[f.Name]
	to := awsapigatewayv2.NewCfnIntegration(s.scope, str("To-"+f.Name+"-"+key), &awsapigatewayv2.CfnIntegrationProps{
		ApiId: s.api.Ref(), IntegrationType: str("AWS_PROXY"),
		IntegrationUri: arn("apigateway", str(":lambda:path/2015-03-31/functions/"), fn.FunctionArn(), str("/invocations")),
	})
	awsapigatewayv2.NewCfnRoute(s.scope, str("Route-"+key), &awsapigatewayv2.CfnRouteProps{
		ApiId: s.api.Ref(), RouteKey: str(key), AuthorizationType: str("NONE"), Target: join(str("integrations/"), to.Ref()),
	})
	allowInvoke(s.scope, "Invoke-"+f.Name+"-"+key, "apigateway", s.arn("/*/"+key), fn)
}

// ping is answered by the gateway itself: {"action":"ping"} → {"type":"pong"}. A route answers only with a route
// response, and a MOCK integration only with a response for its status.
func (s *Socket) ping() {
	mock := awsapigatewayv2.NewCfnIntegration(s.scope, str("Ping"), &awsapigatewayv2.CfnIntegrationProps{
		ApiId: s.api.Ref(), IntegrationType: str("MOCK"), PassthroughBehavior: str("WHEN_NO_MATCH"),
		TemplateSelectionExpression: str(`\$default`),
		RequestTemplates:            map[string]string{"$default": `{"statusCode":200}`},
	})
	awsapigatewayv2.NewCfnIntegrationResponse(s.scope, str("Pong"), &awsapigatewayv2.CfnIntegrationResponseProps{
		ApiId: s.api.Ref(), IntegrationId: mock.Ref(), IntegrationResponseKey: str("$default"),
		TemplateSelectionExpression: str(`\$default`),
		ResponseTemplates:           map[string]string{"$default": `{"type":"pong"}`},
	})
	route := awsapigatewayv2.NewCfnRoute(s.scope, str("Route-ping"), &awsapigatewayv2.CfnRouteProps{
		ApiId: s.api.Ref(), RouteKey: str(topology.SocketPing), AuthorizationType: str("NONE"),
		RouteResponseSelectionExpression: str("$default"), Target: join(str("integrations/"), mock.Ref()),
	})
	awsapigatewayv2.NewCfnRouteResponse(s.scope, str("Route-pong"), &awsapigatewayv2.CfnRouteResponseProps{
		ApiId: s.api.Ref(), RouteId: route.Ref(), RouteResponseKey: str("$default"),
	})
}

// Resource returns what a function needs to call connections back by one method: GET looks at one, POST writes to it.
func (s *Socket) Resource(sid, method string) Resource {
	stage := "/" + topology.SocketStage
	return Resource{
		Sid: sid, Env: topology.EnvCallback,
		Value: join(str("https://"), apiHost(s.api.Ref()), str(stage)),
		Arns:  []*string{s.arn(stage + "/" + method + "/@connections/*")},
	}
}

func (s *Socket) arn(path string) *string {
	return arn("execute-api", str(":"), awscdk.Aws_ACCOUNT_ID(), str(":"), s.api.Ref(), str(path))
}

// arn begins an ARN of this Region; the parts follow right after it.
func arn(service string, parts ...*string) *string {
	head := []*string{str("arn:"), awscdk.Aws_PARTITION(), str(":" + service + ":"), awscdk.Aws_REGION()}
	return join(append(head, parts...)...)
}

// apiHost is the host name of an API, which is what CloudFront and callbacks call.
func apiHost(id *string) *string {
	return join(id, str(".execute-api."), awscdk.Aws_REGION(), str("."), awscdk.Aws_URL_SUFFIX())
}
