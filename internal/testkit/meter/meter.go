// Package meter counts the read and write units that a client of DynamoDB consumes, for tests and benchmarks.
package meter

import (
	"context"
	"errors"
	"maps"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"
)

// Units is consumed capacity: read and write units, and the requests that consumed them.
type Units struct {
	Read, Write float64
	Requests    int
}

// Meter sums what the database says that requests consumed, per table. A failed condition, of which the database
// says nothing, is counted as the one write unit that it costs on items up to 1 KB. A transaction is counted as two
// units an item at least, since DynamoDB Local reports but one of its items. It is safe for concurrent use.
type Meter struct {
	mu     sync.Mutex
	tables map[string]Units
}

// Option makes a client report to the meter: dynamodb.NewFromConfig(cfg, meter.Option).
func (m *Meter) Option(o *dynamodb.Options) {
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("FoyerMeter", m.handle), middleware.Before)
	})
}

// Table is what requests on one table consumed so far.
func (m *Meter) Table(name string) Units {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.tables[name]
}

// Tables is what was consumed so far, per table.
func (m *Meter) Tables() map[string]Units {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.tables)
}

// Total is what was consumed so far on all tables.
func (m *Meter) Total() (total Units) {
	for _, u := range m.Tables() {
		total.Read, total.Write, total.Requests = total.Read+u.Read, total.Write+u.Write, total.Requests+u.Requests
	}
	return total
}

// Reset starts anew.
func (m *Meter) Reset() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tables = nil
}

func (m *Meter) add(table string, u Units) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.tables == nil {
		m.tables = map[string]Units{}
	}
	sum := m.tables[table]
	m.tables[table] = Units{sum.Read + u.Read, sum.Write + u.Write, sum.Requests + u.Requests}
}

// handle asks for the consumed capacity of a request and sums it up.
func (m *Meter) handle(
	ctx context.Context,
	in middleware.InitializeInput,
	next middleware.InitializeHandler,
) (middleware.InitializeOutput, middleware.Metadata, error) {
	table := ask(in.Parameters)
	out, metadata, err := next.HandleInitialize(ctx, in)
	var condition *types.ConditionalCheckFailedException
	switch {
	case errors.As(err, &condition):
		m.add(table, Units{Write: 1, Requests: 1})
	case err == nil:
		m.answer(in.Parameters, out.Result)
	}
	return out, metadata, err
}

// ask makes a request report its capacity, and returns the table of a write of one item.
func ask(input any) (table string) {
	const total = types.ReturnConsumedCapacityTotal
	switch in := input.(type) {
	case *dynamodb.UpdateItemInput:
		in.ReturnConsumedCapacity, table = total, *in.TableName
	case *dynamodb.PutItemInput:
		in.ReturnConsumedCapacity, table = total, *in.TableName
	case *dynamodb.DeleteItemInput:
		in.ReturnConsumedCapacity, table = total, *in.TableName
	case *dynamodb.GetItemInput:
		in.ReturnConsumedCapacity = total
	case *dynamodb.QueryInput:
		in.ReturnConsumedCapacity = total
	case *dynamodb.ScanInput:
		in.ReturnConsumedCapacity = total
	case *dynamodb.BatchGetItemInput:
		in.ReturnConsumedCapacity = total
	case *dynamodb.BatchWriteItemInput:
		in.ReturnConsumedCapacity = total
	case *dynamodb.TransactWriteItemsInput:
		in.ReturnConsumedCapacity = total
	}
	return table
}

// answer sums what a request reports.
func (m *Meter) answer(input, output any) {
	switch out := output.(type) {
	case *dynamodb.UpdateItemOutput:
		m.wrote(out.ConsumedCapacity)
	case *dynamodb.PutItemOutput:
		m.wrote(out.ConsumedCapacity)
	case *dynamodb.DeleteItemOutput:
		m.wrote(out.ConsumedCapacity)
	case *dynamodb.BatchWriteItemOutput:
		for _, c := range out.ConsumedCapacity {
			m.wrote(&c)
		}
	case *dynamodb.TransactWriteItemsOutput:
		m.transacted(input.(*dynamodb.TransactWriteItemsInput), out)
	case *dynamodb.GetItemOutput:
		m.read(out.ConsumedCapacity)
	case *dynamodb.QueryOutput:
		m.read(out.ConsumedCapacity)
	case *dynamodb.ScanOutput:
		m.read(out.ConsumedCapacity)
	case *dynamodb.BatchGetItemOutput:
		for _, c := range out.ConsumedCapacity {
			m.read(&c)
		}
	}
}

func (m *Meter) wrote(c *types.ConsumedCapacity) {
	if c != nil {
		m.add(aws.ToString(c.TableName), Units{Write: aws.ToFloat64(c.CapacityUnits), Requests: 1})
	}
}

func (m *Meter) read(c *types.ConsumedCapacity) {
	if c != nil {
		m.add(aws.ToString(c.TableName), Units{Read: aws.ToFloat64(c.CapacityUnits), Requests: 1})
	}
}

// transacted counts the greater of what is reported and two units an item, per table.
func (m *Meter) transacted(in *dynamodb.TransactWriteItemsInput, out *dynamodb.TransactWriteItemsOutput) {
	least := map[string]float64{}
	for _, it := range in.TransactItems {
		least[tableOf(it)] += 2
	}
	for _, c := range out.ConsumedCapacity {
		table := aws.ToString(c.TableName)
		least[table] = max(least[table], aws.ToFloat64(c.CapacityUnits))
	}
	for table, units := range least {
		m.add(table, Units{Write: units, Requests: 1})
	}
}

func tableOf(it types.TransactWriteItem) string {
	switch {
	case it.Put != nil:
		return *it.Put.TableName
	case it.Update != nil:
		return *it.Update.TableName
	case it.Delete != nil:
		return *it.Delete.TableName
	case it.ConditionCheck != nil:
		return *it.ConditionCheck.TableName
	}
	return ""
}
