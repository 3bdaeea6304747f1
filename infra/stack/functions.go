package stack

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"

	"foyer/infra/topology"
)

// FunctionsProps says which functions there are, what they may use, and where their binaries lie.
type FunctionsProps struct {
	Functions []topology.Function
	Resources map[string]Resource // by the names that topology.Grant.On uses
	Tables    Tables
	Queues    Queues
	Code      string // folder with <name>/bootstrap
	Metrics   string // namespace of Foyer's own metrics
	Keep      bool
	Reserve   func(topology.Function) int // concurrency; 0: none
}

// Functions is every deployed Lambda, by its name in the topology.
type Functions map[string]awslambda.Function

// NewFunctions makes each function with a role of its own, whose one policy is what the topology grants and what
// the platform does in the function's name.
func NewFunctions(scope constructs.Construct, props FunctionsProps) Functions {
	functions := Functions{}
	for _, f := range props.Functions {
		fn := newFunction(scope, f, props)
		functions[f.Name] = fn
		if env := started[f.Name]; env != "" { // before any that may start it
			props.Resources["@"+f.Name] = Resource{
				Sid: "Start" + sid(f.Name), Env: env, Value: fn.FunctionName(), Arns: []*string{fn.FunctionArn()},
			}
			if f.Schedule == 0 {
				atMostOnce(scope.Node().FindChild(str("Function-"+f.Name)).(constructs.Construct), fn)
			}
		}
	}
	return functions
}

// atMostOnce has what starts a function without waiting forget it after a minute, and not start it again when it fails:
// by then another start is due, or those who waited have learnt it otherwise.
func atMostOnce(inner constructs.Construct, fn awslambda.Function) {
	awslambda.NewCfnEventInvokeConfig(inner, str("Invoke"), &awslambda.CfnEventInvokeConfigProps{
		FunctionName: fn.FunctionName(), Qualifier: str("$LATEST"),
		MaximumEventAgeInSeconds: num(60), MaximumRetryAttempts: num(0),
	})
}

// started are the functions that others may start, and how these know them.
var started = map[string]string{
	"announce": topology.EnvAnnounce, "exchange": topology.EnvExchange, "census": topology.EnvCensus,
}

func newFunction(scope constructs.Construct, f topology.Function, props FunctionsProps) awslambda.Function {
	inner := constructs.NewConstruct(scope, str("Function-"+f.Name))
	logs := awslogs.NewLogGroup(inner, str("Logs"), &awslogs.LogGroupProps{
		Retention: retention(props.Keep), RemovalPolicy: removal(props.Keep),
	})
	given := &Grantee{}
	for _, g := range f.Grants {
		props.Resources[g.On].Grant(given, g.Actions...)
	}
	if slices.Contains(f.Env, topology.EnvMetrics) { // metrics are log lines: nothing to permit
		given.env[topology.EnvMetrics] = str(props.Metrics)
	}
	allowPlatform(given, logs, f.Schedule == 0)
	if f.Stream != nil {
		newFailures(inner, f, props.Tables[f.Stream.Table]).allow(given)
	}
	if f.Queue != nil {
		props.Queues.allow(given, f.Queue)
	}
	role := awsiam.NewRole(inner, str("Role"), &awsiam.RoleProps{
		AssumedBy:      awsiam.NewServicePrincipal(str("lambda.amazonaws.com"), nil),
		Description:    str("Foyer " + f.Name + ": " + f.Does),
		InlinePolicies: &map[string]awsiam.PolicyDocument{"only": given.policy()},
	})
	p := &awslambda.FunctionProps{
		Description:  str("Foyer " + f.Name + ": " + f.Does),
		Runtime:      awslambda.Runtime_PROVIDED_AL2023(),
		Architecture: awslambda.Architecture_ARM_64(),
		Handler:      str("bootstrap"),
		Code:         awslambda.Code_FromAsset(str(filepath.Join(props.Code, f.Name)), nil),
		MemorySize:   num(f.MemoryMB),
		Timeout:      seconds(f.Timeout),
		Environment:  &given.env,
		LogGroup:     logs,
		// Without it CDK would add its own statements to the role; the topology alone decides what is in there.
		Role: role.WithoutPolicyUpdates(nil),
	}
	if f.Schedule == 0 {
		p.Tracing = awslambda.Tracing_ACTIVE
	}
	if n := props.Reserve(f); n > 0 {
		p.ReservedConcurrentExecutions = num(n)
	}
	return awslambda.NewFunction(inner, str("Lambda"), p)
}

// allowPlatform permits logs and traces, which the runtime writes in the function's name. A function that a schedule
// starts has no traces: each start would be recorded and paid for, and a trace of a loop says nothing.
func allowPlatform(to *Grantee, logs awslogs.LogGroup, traces bool) {
	to.allow("PlatformLogs", []string{"logs:CreateLogStream", "logs:PutLogEvents"}, logs.LogGroupArn())
	if traces {
		to.allow("PlatformTraces", []string{"xray:PutTraceSegments", "xray:PutTelemetryRecords"}, str("*"))
	}
}

// retention keeps logs for as long as somebody may ask about a sale.
func retention(keep bool) awslogs.RetentionDays {
	if keep {
		return awslogs.RetentionDays_THREE_MONTHS
	}
	return awslogs.RetentionDays_ONE_WEEK
}

// sid turns a name into what a statement may be called.
func sid(name string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(name, "-") {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}

// allowInvoke lets one service, for one resource, call a function.
func allowInvoke(scope constructs.Construct, id, service string, source *string,
	fn awslambda.IFunction) awscdk.CfnResource {
	return awslambda.NewCfnPermission(scope, str(id), &awslambda.CfnPermissionProps{
		Action: str("lambda:InvokeFunction"), Principal: str(service + ".amazonaws.com"),
		FunctionName: fn.FunctionArn(), SourceArn: source,
	})
}
