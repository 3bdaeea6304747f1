package dynamo

import (
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"foyer/internal/room/queue"
)

// item is a DynamoDB item.
type item = map[string]types.AttributeValue

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func millis(t time.Time) types.AttributeValue { return number(t.UnixMilli()) }

// expiry is the TTL attribute, in seconds, of what is kept from t on.
func expiry(t time.Time) types.AttributeValue { return number(t.Add(keep).Unix()) }

func binary(k queue.Key) types.AttributeValue { return &types.AttributeValueMemberB{Value: k[:]} }

// reader takes an item apart. Its first failure sticks, so that a whole item is read before asking.
type reader struct {
	from item
	err  error
}

func (r *reader) fail(name, want string) {
	if r.err == nil {
		r.err = fmt.Errorf("attribute %q is not %s", name, want)
	}
}

// text reads a string; a missing one is empty.
func (r *reader) text(name string) string {
	switch v := r.from[name].(type) {
	case nil:
	case *types.AttributeValueMemberS:
		return v.Value
	default:
		r.fail(name, "a string")
	}
	return ""
}

// number reads a whole number.
func (r *reader) number(name string) int64 {
	if v, ok := r.from[name].(*types.AttributeValueMemberN); ok {
		if n, err := strconv.ParseInt(v.Value, 10, 64); err == nil {
			return n
		}
	}
	r.fail(name, "a whole number")
	return 0
}

// time reads a time in milliseconds; a missing one is zero.
func (r *reader) time(name string) time.Time {
	if r.from[name] == nil {
		return time.Time{}
	}
	return time.UnixMilli(r.number(name)).UTC()
}

// key reads an order key.
func (r *reader) key(name string) (k queue.Key) {
	v, ok := r.from[name].(*types.AttributeValueMemberB)
	if !ok || len(v.Value) != len(k) {
		r.fail(name, "an order key")
		return k
	}
	return queue.Key(v.Value)
}
