package room

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"foyer/internal/room/announce"
	"foyer/internal/room/event"
	"foyer/internal/room/notify"
	"foyer/internal/testkit/gatewaytest"
)

func TestTheHandlersAnswerTheDeployedRoutes(t *testing.T) {
	s := newStage(t)
	gatewaytest.Routes(t, "register", s.register.routes())
	gatewaytest.Routes(t, "admit", s.admit.routes())
}

func TestTheExamplesAreWhatTheCodeReadsAndWrites(t *testing.T) {
	const zones = "/foyer/zones/{zone}/"
	var claim struct {
		Ref string `json:"ref"`
	}
	for name, c := range map[string]struct{ example, into any }{
		"place":   {gatewaytest.Example(t, zones+"register", "post"), &registered{}},
		"inside":  {gatewaytest.Example(t, zones+"enter", "post"), &entered{}},
		"left":    {gatewaytest.Example(t, zones+"leave", "post"), &leaveAnswer{}},
		"event":   {gatewaytest.Example(t, zones+"event", "get"), &event.Event{}},
		"claim":   {gatewaytest.BodyExample(t, zones+"enter", "post"), &claim},
		"nothing": {gatewaytest.BodyExample(t, zones+"leave", "post"), &struct{}{}},
	} {
		gatewaytest.RoundTrip(t, name, c.example, c.into)
	}
}

func TestTheSocketsMessagesAreThoseOfTheCode(t *testing.T) {
	for name, c := range map[string]struct {
		into     any
		required []string
	}{
		"turn":   {&notify.Turn{}, []string{"type", "zone", "ref", "until"}},
		"status": {&announce.Message{}, []string{"type", "zone", "version"}},
	} {
		message := gatewaytest.Payload(t, name)
		gatewaytest.RoundTrip(t, name, message, c.into)
		if got := gatewaytest.At(t, message, "type"); got != name {
			t.Errorf("type %v", got)
		}
		required := gatewaytest.Texts(gatewaytest.At(t, gatewaytest.AsyncAPI(t),
			"components", "messages", name, "payload", "required"))
		if diff := cmp.Diff(c.required, required); diff != "" {
			t.Error(diff)
		}
	}
}
