package dynsale_test

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"

	"foyer/internal/store/dynamo/dynsale"
)

// A link's hash that isn't whole opens no order: a shorter one would be filled with zeros.
func TestALinkHashThatIsNotWholeIsNone(t *testing.T) {
	const whole = "000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f"
	for hash, ok := range map[string]bool{whole: true, whole[:62]: false, "": false, whole[:62] + "zz": false} {
		item, err := attributevalue.UnmarshalMapJSON([]byte(
			`{"id":{"S":"o1"},"buyer":{"S":"000102030405060708090a0b0c0d0e0f"},"linkHash":{"S":"` + hash + `"}}`))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := dynsale.DecodeOrder(item); (err == nil) != ok {
			t.Errorf("%q: %v", hash, err)
		}
	}
}

func TestAnOrderWithAFieldOfAnotherKindIsNone(t *testing.T) {
	const hash = "000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f"
	for amount, ok := range map[string]bool{`{"N":"7"}`: true, `{"S":"much"}`: false} {
		item, err := attributevalue.UnmarshalMapJSON([]byte(`{"id":{"S":"o1"},"linkHash":{"S":"` + hash +
			`"},"buyer":{"S":"000102030405060708090a0b0c0d0e0f"},"amount":` + amount + `}`))
		if err != nil {
			t.Fatal(err)
		}
		// Which fields are read before the wrong one differs: it must be what is refused, not one that is missing then.
		o, err := dynsale.DecodeOrder(item)
		if _, kind := errors.AsType[*attributevalue.UnmarshalTypeError](err); kind == ok || (err == nil) != ok {
			t.Errorf("an amount of %s: %d, %v", amount, o.Amount, err)
		}
	}
}

// What lies beside the seats, such as the map, is no seat.
func TestWhatLiesBesideTheSeatsIsNone(t *testing.T) {
	for part, ok := range map[string]bool{"main#A": true, "main#~map": false, "main#~counts": false} {
		item, err := attributevalue.UnmarshalMapJSON([]byte(`{"part":{"S":"` + part + `"},"seat":{"S":"A-1-1"}}`))
		if err != nil {
			t.Fatal(err)
		}
		if zone, s, got, err := dynsale.DecodeSeat(item); err != nil || got != ok || zone != "main" {
			t.Errorf("%s: seat %q of %q: %v, %v", part, s.ID, zone, got, err)
		}
	}
}
