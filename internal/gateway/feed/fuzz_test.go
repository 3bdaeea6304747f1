package feed

import (
	"encoding/json"
	"errors"
	"testing"
)

// FuzzParse looks for a record that is neither read nor called malformed.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`{"eventID":"1","eventName":"MODIFY","dynamodb":{"Keys":{"zone":{"S":"main"}},"NewImage":{},"SequenceNumber":"7"}}`,
		`{"dynamodb":{"SequenceNumber":7}}`, `{"dynamodb":null}`, "null", "[]", `"x"`, "", `{"dynamodb":{"Keys":{"a":null}}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := Parse(raw)
		if err != nil && !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: %v", raw, err)
		}
		if image := r.Change.NewImage; err == nil && !Absent(image) && !json.Valid(image) {
			t.Errorf("%q has the image %q", raw, image)
		}
	})
}
