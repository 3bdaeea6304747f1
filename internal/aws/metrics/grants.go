package metrics

import (
	"context"

	"foyer/internal/room/bucket"
)

// ends names the metric that counts the grants coming into a state.
var ends = map[bucket.State]Name{
	bucket.Inside: Claimed, bucket.Missed: Missed, bucket.Left: Left, bucket.Expired: Expired,
}

// Grants is a bucket.Log that counts what becomes of grants as it is written. Counting them from the stream instead
// would wake a function for every claim. Two exchangers that end the same grant at the same time are both counted.
type Grants struct {
	bucket.Log
	Recorder *Recorder
}

// Apply implements bucket.Log.
func (g Grants) Apply(ctx context.Context, of bucket.Of, changes ...bucket.Change) error {
	err := g.Log.Apply(ctx, of, changes...)
	if err != nil {
		return err
	}
	for _, c := range changes {
		if name, counted := ends[c.To]; counted && c.From != c.To {
			g.Recorder.Add(of.Zone, name, 1)
		}
	}
	return nil
}
