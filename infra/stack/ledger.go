package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdsql"
	"github.com/aws/constructs-go/constructs/v10"

	"foyer/infra/topology"
)

// Ledger is the database of the books: Aurora DSQL, which costs nothing while nothing is sold.
type Ledger struct{ cluster awsdsql.CfnCluster }

// NewLedger makes the cluster. Its tables are made by the function that first writes to it.
func NewLedger(scope constructs.Construct, keep bool) *Ledger {
	cluster := awsdsql.NewCfnCluster(scope, str("Ledger"), &awsdsql.CfnClusterProps{DeletionProtectionEnabled: flag(keep)})
	cluster.ApplyRemovalPolicy(removal(keep), nil)
	return &Ledger{cluster}
}

// URL is how a client finds it. There is no password: whoever may connect signs a token.
func (l *Ledger) URL() *string {
	return join(str("postgres://admin@"), l.cluster.AttrEndpoint(), str(":5432/postgres?sslmode=verify-full"))
}

// Resource is what a function needs to connect.
func (l *Ledger) Resource() Resource {
	return Resource{Sid: "Ledger", Env: topology.EnvLedger, Value: l.URL(), Arns: []*string{l.cluster.AttrResourceArn()}}
}
