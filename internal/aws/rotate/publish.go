package rotate

import (
	"context"
	"fmt"

	"foyer/internal/room/relay"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
)

// Edge brings keys to the edge by the relay's own rules: compare and swap, never backwards.
type Edge struct {
	Zones interface {
		relay.Zones
		List(ctx context.Context) ([]zone.Settings, error)
	}
	Relay relay.Relay // its Zones and Keys are filled in here
}

// Publish writes the keys into the edge's store for every zone.
func (e *Edge) Publish(ctx context.Context, keys *token.Keyring) error {
	zones, err := e.Zones.List(ctx)
	if err != nil {
		return err
	}
	var names []string
	for _, z := range zones {
		names = append(names, z.Zone)
	}
	e.Relay.Zones, e.Relay.Keys = e.Zones, fixed{keys}
	for name, err := range e.Relay.Sync(ctx, names...).Failed {
		return fmt.Errorf("rotate: zone %s has not got the keys at the edge: %w", name, err)
	}
	return nil
}

// fixed is relay.Keys with the keys that are to be current.
type fixed struct{ ring *token.Keyring }

func (f fixed) EdgeKeys(_ context.Context, zone string) (token.EdgeKeys, error) {
	return f.ring.EdgeKeys(zone), nil
}

func (fixed) Refresh(context.Context) error { return nil }
