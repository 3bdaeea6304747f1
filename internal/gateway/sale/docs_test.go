package sale

import (
	"testing"

	"foyer/infra/topology"
	"foyer/internal/sale/venue"
	"foyer/internal/sale/viewers"
	"foyer/internal/testkit/gatewaytest"
)

func TestTheHandlersAnswerTheDeployedRoutes(t *testing.T) {
	s := newStage(t)
	gatewaytest.Routes(t, "seats", s.seats.routes())
	gatewaytest.Routes(t, "checkout", s.checkout.routes())
	gatewaytest.Routes(t, "webhook", s.webhook.routes())
}

func TestTheExamplesAreWhatTheCodeReadsAndWrites(t *testing.T) {
	const zones = "/foyer/zones/{zone}/"
	for name, c := range map[string]struct{ example, into any }{
		"overview": {gatewaytest.Example(t, zones+"map", "get"), &venue.Overview{}},
		"section":  {gatewaytest.Example(t, zones+"map/{section}", "get"), &hashed{}},
		"counted":  {gatewaytest.Example(t, zones+"sections", "get"), &counted{}},
		"snapshot": {gatewaytest.Example(t, zones+"sections/{section}", "get"), &picture{}},
		"held":     {gatewaytest.Example(t, zones+"seats", "get"), &held{}},
		"chosen":   {gatewaytest.Example(t, zones+"seats", "post"), &held{}},
		"wanted":   {gatewaytest.BodyExample(t, zones+"seats", "post"), &wanted{}},
	} {
		gatewaytest.RoundTrip(t, name, c.example, c.into)
	}
}

func TestTheSocketsMessagesAreThoseOfTheCode(t *testing.T) {
	view := gatewaytest.Payload(t, "view")
	gatewaytest.RoundTrip(t, "view", view, &viewed{})
	gatewaytest.RoundTrip(t, "seats", gatewaytest.Payload(t, "seats"), &viewers.SeatsMessage{})
	gatewaytest.RoundTrip(t, "snapshot", gatewaytest.Payload(t, "snapshot"), &viewers.SnapshotMessage{})
	if got := gatewaytest.At(t, view, "action"); got != topology.SocketView {
		t.Errorf("action %v", got)
	}
	most := gatewaytest.At(t, gatewaytest.AsyncAPI(t),
		"components", "messages", "view", "payload", "properties", "sections", "maxItems")
	if most != float64(viewers.MaxSections) {
		t.Errorf("maxItems %v", most)
	}
}
