package stack

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
)

// CDK wants pointers to everything; these keep the constructs readable.

func str(s string) *string { return jsii.String(s) }

func num[N int | float64](n N) *float64 { return jsii.Number(float64(n)) }

func yes() *bool { return jsii.Bool(true) }

func flag(b bool) *bool { return jsii.Bool(b) }

func strs(list ...string) *[]*string { return jsii.Strings(list...) }

func seconds(d time.Duration) awscdk.Duration { return awscdk.Duration_Seconds(num(d.Seconds())) }

// join makes one text of parts, of which any may be known only when deployed.
func join(parts ...*string) *string { return awscdk.Fn_Join(str(""), &parts) }

// removal returns what becomes of a resource that holds data when the stack goes. What a first deployment made that
// failed goes with it, so that it can be tried again.
func removal(keep bool) awscdk.RemovalPolicy {
	if keep {
		return awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE
	}
	return awscdk.RemovalPolicy_DESTROY
}
