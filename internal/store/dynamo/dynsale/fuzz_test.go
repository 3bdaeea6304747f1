package dynsale_test

import (
	"reflect"
	"testing"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"

	"foyer/internal/store/dynamo/dynsale"
)

// FuzzDecodeOrder looks for an order in a stream's image that is another one when it is written again.
func FuzzDecodeOrder(f *testing.F) {
	for _, s := range []string{
		`{"id":{"S":"o1"},"buyer":{"S":"000102030405060708090a0b0c0d0e0f"},"linkHash":{"S":"` +
			`000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f"},"version":{"N":"1"},"amount":{"N":"5000"}}`,
		`{"id":{"N":"1"}}`, `{"amount":{"N":"1e400"}}`, `{"lines":{"L":[{"M":{}}]}}`, `{"lines":{"L":[{"NULL":true}]}}`, "{}",
		"null", "[]", "",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, image []byte) {
		item, err := attributevalue.UnmarshalMapJSON(image)
		if err != nil {
			return
		}
		o, err := dynsale.DecodeOrder(item)
		if err != nil {
			return
		}
		again, err := dynsale.EncodeOrder(o)
		if err != nil {
			t.Fatalf("%+v can't be written: %v", o, err)
		}
		if read, err := dynsale.DecodeOrder(again); err != nil || !reflect.DeepEqual(read, o) {
			t.Errorf("%+v was written, and read as %+v: %v", o, read, err)
		}
	})
}

func FuzzDecodeSeat(f *testing.F) {
	for _, s := range []string{
		`{"part":{"S":"main#A"},"seat":{"S":"A-1-1"},"h":{"S":"v"},"u":{"N":"1"},"v":{"N":"1"},"c":{"N":"1"}}`,
		`{"part":{"S":"main#~map"}}`, `{"part":{"S":""}}`, `{"part":{"N":"1"}}`, `{"v":{"N":"1.5"}}`, "{}", "null", "",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, image []byte) {
		item, err := attributevalue.UnmarshalMapJSON(image)
		if err != nil {
			return
		}
		if _, s, ok, err := dynsale.DecodeSeat(item); ok && err != nil {
			t.Errorf("%q is seat %+v, and an error: %v", image, s, err)
		}
	})
}
