package dynamo

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"foyer/internal/room/queue"
)

// Item is a DynamoDB item.
type Item = map[string]types.AttributeValue

// Text returns a string attribute.
func Text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

// Number returns a number attribute.
func Number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

// Millis returns t as a number attribute, in milliseconds.
func Millis(t time.Time) types.AttributeValue { return Number(t.UnixMilli()) }

// Expiry returns the TTL attribute, in seconds, of what is kept from t on for so long.
func Expiry(t time.Time, keep time.Duration) types.AttributeValue { return Number(t.Add(keep).Unix()) }

// Binary returns an order key as a binary attribute.
func Binary(k queue.Key) types.AttributeValue { return &types.AttributeValueMemberB{Value: k[:]} }

// Reader takes an item apart. Its first failure sticks, so that a whole item is read before asking.
type Reader struct {
	From Item
	Err  error
}

// Fail records that an attribute is not what was wanted.
func (r *Reader) Fail(name, want string) {
	if r.Err == nil {
		r.Err = fmt.Errorf("attribute %q is not %s", name, want)
	}
}

// Text reads a string; a missing one is empty.
func (r *Reader) Text(name string) string {
	switch v := r.From[name].(type) {
	case nil:
	case *types.AttributeValueMemberS:
		return v.Value
	default:
		r.Fail(name, "a string")
	}
	return ""
}

// Number reads a whole number.
func (r *Reader) Number(name string) int64 {
	if v, ok := r.From[name].(*types.AttributeValueMemberN); ok {
		if n, err := strconv.ParseInt(v.Value, 10, 64); err == nil {
			return n
		}
	}
	r.Fail(name, "a whole number")
	return 0
}

// Time reads a time in milliseconds; a missing one is zero.
func (r *Reader) Time(name string) time.Time {
	if r.From[name] == nil {
		return time.Time{}
	}
	return time.UnixMilli(r.Number(name)).UTC()
}

// Key reads an order key.
func (r *Reader) Key(name string) (k queue.Key) {
	v, ok := r.From[name].(*types.AttributeValueMemberB)
	if !ok || len(v.Value) != len(k) {
		r.Fail(name, "an order key")
		return k
	}
	return queue.Key(v.Value)
}

// Set reads a set of strings, in order; a missing one is empty.
func (r *Reader) Set(name string) []string {
	switch v := r.From[name].(type) {
	case nil:
	case *types.AttributeValueMemberSS:
		return slices.Sorted(slices.Values(v.Value))
	default:
		r.Fail(name, "a set of strings")
	}
	return nil
}

// UnixMilli returns t in milliseconds, 0 for the zero time.
func UnixMilli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// FromMilli is the inverse of UnixMilli, in UTC.
func FromMilli(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
