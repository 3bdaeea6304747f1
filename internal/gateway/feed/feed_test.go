package feed

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"testing"

	"github.com/aws/aws-lambda-go/events"
)

func TestARecordThatCannotBeNamedFailsTheBatch(t *testing.T) {
	refuse := func(context.Context, Record) error { return errors.New("no") }
	for _, bad := range []string{`{}x`, `7`, `{"eventID":"1","dynamodb":{"NewImage":{}}}`} {
		batch := StreamEvent{Records: []json.RawMessage{[]byte(bad)}}
		if out, err := Each(t.Context(), slog.New(slog.DiscardHandler), batch, refuse); err == nil {
			t.Errorf("%s: answered %v", bad, out)
		}
	}
}

func TestOnlyTheJobsThatFailedAreNamed(t *testing.T) {
	batch := JobEvent{Records: []events.SQSMessage{
		{MessageId: "good", Body: `{"dynamodb":{"NewImage":"good"}}`},
		{MessageId: "not JSON", Body: `{`},
		{MessageId: "no image", Body: `{"dynamodb":{"NewImage":null}}`},
		{MessageId: "another image", Body: `{"dynamodb":{"NewImage":7}}`},
		{MessageId: "no work", Body: `{"dynamodb":{"NewImage":"bad"}}`},
		{MessageId: "panic", Body: `{"dynamodb":{"NewImage":"panic"}}`},
	}}
	decode := func(image json.RawMessage) (text string, err error) { return text, json.Unmarshal(image, &text) }
	work := func(_ context.Context, text string) error {
		if text == "panic" {
			panic(text)
		}
		if text != "good" {
			return errors.New("no")
		}
		return nil
	}
	out, err := EachJob(t.Context(), slog.New(slog.DiscardHandler), batch, decode, work)
	var got []string
	for _, f := range out.BatchItemFailures {
		got = append(got, f.ItemIdentifier)
	}
	want := []string{"not JSON", "no image", "another image", "no work", "panic"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("failed %q, error %v, want %q", got, err, want)
	}
}

func TestWhichImagesAreAbsent(t *testing.T) {
	for image, want := range map[string]bool{"": true, "null": true, " null\n": true, "{}": false} {
		if got := Absent([]byte(image)); got != want {
			t.Errorf("%q is absent: %v", image, got)
		}
	}
}
