package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdsql"
	"github.com/aws/constructs-go/constructs/v10"

	"foyer/infra/topology"
)

// Ledger is the database of the books: Aurora DSQL, which costs nothing while nothing is sold.
type Ledger struct{ host, arn *string }

// NewLedger makes the cluster. Its tables, and the role that the function connects as, are made by foyerctl ledger
// restrict: the function may do neither.
func NewLedger(scope constructs.Construct, keep, protect bool) *Ledger {
	cluster := awsdsql.NewCfnCluster(scope, str("Ledger"),
		&awsdsql.CfnClusterProps{DeletionProtectionEnabled: flag(protect)})
	cluster.ApplyRemovalPolicy(removal(keep), nil)
	return &Ledger{cluster.AttrEndpoint(), cluster.AttrResourceArn()}
}

// keptLedger is a cluster that there is already, such as one that was restored from a backup.
func keptLedger(cluster string) *Ledger {
	return &Ledger{join(str(cluster+".dsql."), awscdk.Aws_REGION(), str(".on.aws")),
		arn("dsql", str(":"), awscdk.Aws_ACCOUNT_ID(), str(":cluster/"+cluster))}
}

// URL is the database's address for a client that is that user there. There is no password: clients that may connect
// sign a token.
func (l *Ledger) URL(user string) *string {
	return join(str("postgres://"+user+"@"), l.host, str(":5432/postgres?sslmode=verify-full"))
}

// Resource returns what a function needs to connect.
func (l *Ledger) Resource() Resource {
	return Resource{Sid: "Ledger", Env: topology.EnvLedger, Value: l.URL(topology.LedgerUser),
		Arns: []*string{l.arn}}
}
