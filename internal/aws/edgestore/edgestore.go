// Package edgestore is the edge's key-value store on AWS: a CloudFront KeyValueStore through its data API.
package edgestore

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	kvs "github.com/aws/aws-sdk-go-v2/service/cloudfrontkeyvaluestore"
	"github.com/aws/aws-sdk-go-v2/service/cloudfrontkeyvaluestore/types"

	"foyer/internal/room/relay"
)

// API is the part of the SDK's client in use.
type API interface {
	DescribeKeyValueStore(
		context.Context, *kvs.DescribeKeyValueStoreInput, ...func(*kvs.Options),
	) (*kvs.DescribeKeyValueStoreOutput, error)
	GetKey(context.Context, *kvs.GetKeyInput, ...func(*kvs.Options)) (*kvs.GetKeyOutput, error)
	UpdateKeys(context.Context, *kvs.UpdateKeysInput, ...func(*kvs.Options)) (*kvs.UpdateKeysOutput, error)
}

// Store is a relay.Store. Version is the store's ETag.
type Store struct {
	Client API
	ARN    string
}

var _ relay.Store = Store{}

// Version reads the store's ETag.
func (s Store) Version(ctx context.Context) (string, error) {
	out, err := s.Client.DescribeKeyValueStore(ctx, &kvs.DescribeKeyValueStoreInput{KvsARN: &s.ARN})
	if err != nil {
		return "", fmt.Errorf("edgestore: describe: %w", err)
	}
	return aws.ToString(out.ETag), nil
}

// Get reads one key.
func (s Store) Get(ctx context.Context, key string) (string, bool, error) {
	out, err := s.Client.GetKey(ctx, &kvs.GetKeyInput{KvsARN: &s.ARN, Key: &key})
	var missing *types.ResourceNotFoundException
	if errors.As(err, &missing) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("edgestore: get %s: %w", key, err)
	}
	return aws.ToString(out.Value), true, nil
}

// Put writes the values, and deletes the keys of empty ones, in one UpdateKeys with If-Match.
func (s Store) Put(ctx context.Context, version string, values map[string]string) (string, error) {
	in := &kvs.UpdateKeysInput{KvsARN: &s.ARN, IfMatch: &version}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if values[key] == "" {
			in.Deletes = append(in.Deletes, types.DeleteKeyRequestListItem{Key: aws.String(key)})
			continue
		}
		in.Puts = append(in.Puts, types.PutKeyRequestListItem{Key: aws.String(key), Value: aws.String(values[key])})
	}
	out, err := s.Client.UpdateKeys(ctx, in)
	var conflict *types.ConflictException
	if errors.As(err, &conflict) {
		return "", fmt.Errorf("edgestore: update: %w", relay.ErrConflict)
	}
	if err != nil {
		return "", fmt.Errorf("edgestore: update: %w", err)
	}
	return aws.ToString(out.ETag), nil
}
