package dynamo

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"foyer/infra/topology"
)

// CreateTables makes every table of the topology, each named prefix + its name, with its stream and its time to
// live. Tables that exist are left as they are, so that it may be repeated. It is for tests and for the local
// cloud, whose database makes a table at once; on AWS the tables are the CDK app's.
func CreateTables(ctx context.Context, client *dynamodb.Client, prefix string) error {
	for _, table := range topology.Tables {
		if err := createTable(ctx, client, prefix+table.Name, table); err != nil {
			return fmt.Errorf("table %s%s: %w", prefix, table.Name, err)
		}
	}
	return nil
}

func createTable(ctx context.Context, client *dynamodb.Client, name string, table topology.Table) error {
	var exists *types.ResourceInUseException
	if _, err := client.CreateTable(ctx, tableInput(name, table)); errors.As(err, &exists) {
		return nil
	} else if err != nil {
		return err
	}
	if table.TTL == "" {
		return nil
	}
	_, err := client.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{
		TableName:               &name,
		TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: &table.TTL, Enabled: aws.Bool(true)},
	})
	return err
}

func tableInput(name string, table topology.Table) *dynamodb.CreateTableInput {
	input := &dynamodb.CreateTableInput{TableName: &name, BillingMode: types.BillingModePayPerRequest}
	attributes := map[string]bool{}
	kinds := []types.KeyType{types.KeyTypeHash, types.KeyTypeRange}
	declare := func(hash, rang topology.Attribute) (keys []types.KeySchemaElement) {
		for i, a := range []topology.Attribute{hash, rang} {
			if a.Name == "" {
				continue
			}
			keys = append(keys, types.KeySchemaElement{AttributeName: &a.Name, KeyType: kinds[i]})
			if !attributes[a.Name] {
				attributes[a.Name] = true
				input.AttributeDefinitions = append(input.AttributeDefinitions, types.AttributeDefinition{
					AttributeName: &a.Name, AttributeType: types.ScalarAttributeType(a.Type),
				})
			}
		}
		return keys
	}
	input.KeySchema = declare(table.Hash, table.Range)
	for _, index := range table.Indexes {
		projection := &types.Projection{ProjectionType: types.ProjectionTypeAll}
		switch {
		case len(index.Also) > 0:
			projection = &types.Projection{ProjectionType: types.ProjectionTypeInclude, NonKeyAttributes: index.Also}
		case index.KeysOnly:
			projection.ProjectionType = types.ProjectionTypeKeysOnly
		}
		input.GlobalSecondaryIndexes = append(input.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
			IndexName: &index.Name, KeySchema: declare(index.Hash, index.Range),
			Projection: projection,
		})
	}
	if table.Stream != "" {
		input.StreamSpecification = &types.StreamSpecification{
			StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewType(table.Stream),
		}
	}
	return input
}
