package apigw

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"foyer/infra/topology"
)

// An action goes to the function that declares it, as an event without headers, and nobody hears the answer; an answer
// of 500 and more is reported as API Gateway does.
func TestSocketActionsGoToTheirFunctions(t *testing.T) {
	type call struct {
		name  string
		event events.APIGatewayWebsocketProxyRequest
	}
	calls := make(chan call, 4)
	answer := `{"statusCode":200}`
	s := newStage(t, func(_ context.Context, name string, payload []byte) ([]byte, string, error) {
		var e events.APIGatewayWebsocketProxyRequest
		if err := json.Unmarshal(payload, &e); err != nil {
			t.Error(err)
		}
		if name == "view" {
			calls <- call{name, e}
			return []byte(answer), "", nil
		}
		return []byte(`{"statusCode":200}`), "", nil
	}, SocketOptions{})
	s.routes["view"] = "view"
	c, _, err := s.dial(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := say(t, c, `{"action":"$connect"}`); !strings.Contains(got, `"Forbidden"`) {
		t.Errorf("$connect as an action: %s", got)
	}
	ctx, cancel := soon()
	defer cancel()
	const message = `{"action":"view","sections":["A"]}`
	if err := c.Write(ctx, 1, []byte(message)); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-calls:
		at := got.event.RequestContext
		if got.event.Body != message || at.EventType != "MESSAGE" || at.RouteKey != "view" || at.ConnectionID != s.ids()[0] ||
			at.Stage != topology.SocketStage {
			t.Errorf("%+v", got)
		}
		if len(got.event.Headers) > 0 || at.MessageID == nil ||
			time.Since(time.UnixMilli(at.RequestTimeEpoch)) > time.Minute {
			t.Errorf("%+v", got)
		}
	case <-ctx.Done():
		t.Fatal("the function heard nothing")
	}
	if got := say(t, c, `{"action":"ping"}`); got != `{"type":"pong"}` {
		t.Errorf("the answer was heard: %s", got)
	}
	answer = `{"statusCode":503}`
	if got := say(t, c, message); !strings.Contains(got, `"Internal server error"`) {
		t.Errorf("an error: %s", got)
	}
}
