package room

import (
	"testing"

	"github.com/google/go-cmp/cmp"

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
	turn := gatewaytest.Payload(t, "turn")
	gatewaytest.RoundTrip(t, "turn", turn, &notify.Turn{})
	if got := gatewaytest.At(t, turn, "type"); got != "turn" {
		t.Errorf("type %v", got)
	}
	required := gatewaytest.Texts(gatewaytest.At(t, gatewaytest.AsyncAPI(t),
		"components", "messages", "turn", "payload", "required"))
	if diff := cmp.Diff([]string{"type", "zone", "ref", "until"}, required); diff != "" {
		t.Error(diff)
	}
}
