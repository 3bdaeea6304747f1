package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
)

// Resource is something a function may be permitted to use: what it is called in the environment, and what it is
// called in a policy.
type Resource struct {
	Sid   string  // names the statement, so that a policy can be read
	Env   string  // environment variable that gives Value to the function
	Value *string // what the function finds the resource by
	Arns  []*string
}

// Grantee gathers what a function is given, before its role and itself are made.
type Grantee struct {
	statements []awsiam.PolicyStatement
	env        map[string]*string
}

// Grant adds the permission and the environment variable in one call, so that neither goes without the other.
func (r Resource) Grant(to *Grantee, actions ...string) {
	if to.env == nil {
		to.env = map[string]*string{}
	}
	to.env[r.Env] = r.Value
	to.allow(r.Sid, actions, r.Arns...)
}

// allow permits what the platform does in the function's name, and needs no environment.
func (g *Grantee) allow(sid string, actions []string, arns ...*string) {
	g.statements = append(g.statements, awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid: str(sid), Actions: strs(actions...), Resources: &arns,
	}))
}

// policy returns the only policy of the function's role; nothing can be added to it later.
func (g *Grantee) policy() awsiam.PolicyDocument {
	return awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &g.statements})
}
