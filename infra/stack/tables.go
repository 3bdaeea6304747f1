package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/constructs-go/constructs/v10"

	"foyer/infra/stage"
	"foyer/infra/topology"
)

// TablesProps says which tables there are and how they are kept.
type TablesProps struct {
	Tables  []topology.Table
	Warm    map[string]stage.Warm
	Keep    bool
	Protect bool                       // refuse to be deleted
	Kept    map[string]stage.KeptTable // those that there are already, and aren't made
}

// Tables are all tables, by their names in the topology.
type Tables map[string]awsdynamodb.ITable

// NewTables makes the tables: on demand, encrypted, recoverable to any second of the last 35 days.
func NewTables(scope constructs.Construct, props TablesProps) Tables {
	tables := Tables{}
	for _, t := range props.Tables {
		if kept, there := props.Kept[t.Name]; there {
			tables[t.Name] = keptTable(scope, t, kept)
			continue
		}
		tables[t.Name] = newTable(scope, t, props)
	}
	return tables
}

// keptTable is a table that there is already. It has what it was given by hand of what a deployment gives its own
// tables: recovery, protection, a time to live.
func keptTable(scope constructs.Construct, t topology.Table, kept stage.KeptTable) awsdynamodb.ITable {
	a := &awsdynamodb.TableAttributes{TableName: str(kept.Name)}
	if kept.Stream != "" {
		a.TableStreamArn = str(kept.Stream)
	}
	return awsdynamodb.Table_FromTableAttributes(scope, str("Table-"+t.Name), a)
}

func newTable(scope constructs.Construct, t topology.Table, props TablesProps) awsdynamodb.Table {
	p := &awsdynamodb.TableProps{
		BillingMode:        awsdynamodb.BillingMode_PAY_PER_REQUEST,
		Encryption:         awsdynamodb.TableEncryption_AWS_MANAGED,
		DeletionProtection: flag(props.Protect),
		RemovalPolicy:      removal(props.Keep),
		PartitionKey:       attribute(t.Hash),
		SortKey:            attribute(t.Range),
		Stream:             awsdynamodb.StreamViewType(t.Stream),
		PointInTimeRecoverySpecification: &awsdynamodb.PointInTimeRecoverySpecification{
			PointInTimeRecoveryEnabled: yes(),
		},
	}
	if t.TTL != "" {
		p.TimeToLiveAttribute = str(t.TTL)
	}
	if w, set := props.Warm[t.Name]; set {
		p.WarmThroughput = &awsdynamodb.WarmThroughput{WriteUnitsPerSecond: num(w.Writes), ReadUnitsPerSecond: num(w.Reads)}
	}
	table := awsdynamodb.NewTable(scope, str("Table-"+t.Name), p)
	for _, x := range t.Indexes {
		table.AddGlobalSecondaryIndex(index(x))
	}
	return table
}

// attribute returns a key attribute; nil for none.
func attribute(a topology.Attribute) *awsdynamodb.Attribute {
	if a.Name == "" {
		return nil
	}
	types := map[string]awsdynamodb.AttributeType{
		"S": awsdynamodb.AttributeType_STRING, "N": awsdynamodb.AttributeType_NUMBER, "B": awsdynamodb.AttributeType_BINARY,
	}
	return &awsdynamodb.Attribute{Name: str(a.Name), Type: types[a.Type]}
}

func index(x topology.Index) *awsdynamodb.GlobalSecondaryIndexProps {
	p := &awsdynamodb.GlobalSecondaryIndexProps{
		IndexName: str(x.Name), PartitionKey: attribute(x.Hash), SortKey: attribute(x.Range),
		ProjectionType: awsdynamodb.ProjectionType_ALL,
	}
	switch {
	case len(x.Also) > 0:
		p.ProjectionType, p.NonKeyAttributes = awsdynamodb.ProjectionType_INCLUDE, strs(x.Also...)
	case x.KeysOnly:
		p.ProjectionType = awsdynamodb.ProjectionType_KEYS_ONLY
	}
	return p
}

// Resources returns what functions need to use a table and each of its indexes, by the names that topology.Grant.On
// uses. Permission for a table includes none for its indexes.
func (t Tables) Resources(decl topology.Table) map[string]Resource {
	table := t[decl.Name]
	whole := Resource{Sid: sid(decl.Name), Env: decl.Env, Value: table.TableName(), Arns: []*string{table.TableArn()}}
	all := map[string]Resource{decl.Name: whole}
	for _, x := range decl.Indexes {
		r := whole
		r.Sid, r.Arns = whole.Sid+"By"+sid(x.Name), []*string{join(table.TableArn(), str("/index/"+x.Name))}
		all[x.On(decl)] = r
	}
	return all
}
