package dynroom_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"

	"foyer/internal/store/dynamo/dynroom"
)

// FuzzDecodePage looks for images of a stream that are too much for the reader, and for pages whose zone isn't in their
// key.
func FuzzDecodePage(f *testing.F) {
	for _, s := range []string{
		`{"part":{"S":"main#0"},"page":{"N":"1"},"at":{"N":"1"},"called":{"B":""},"g":{"L":[]}}`,
		`{"part":{"S":"main#0"},"page":{"N":"1"},"at":{"N":"1"},"called":{"B":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},` +
			`"g":{"L":[{"M":{"k":{"B":"AA=="},"s":{"S":"r"},"u":{"N":"1"}}}]}}`,
		`{"part":{"S":"main"}}`, `{"g":{"L":[{"NULL":true}]}}`, `{"page":{"N":"9e99"}}`, "{}", "null", "",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, image []byte) {
		item, err := attributevalue.UnmarshalMapJSON(image)
		if err != nil {
			return
		}
		if zone, p, err := dynroom.DecodePage(item); err != nil && zone != "" {
			t.Errorf("%q is page %d of %q, and an error: %v", image, p.Number, zone, err)
		}
	})
}
