package dynsale_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"foyer/internal/problem"
	"foyer/internal/sale/venue"
	"foyer/internal/store/dynamo"
	"foyer/internal/testkit/dynamotest"
	"foyer/internal/testkit/meter"
)

// hallOf is a map of one standing section of n places.
func hallOf(n int) venue.Venue {
	floor := venue.Section{
		ID: "F", Name: "Floor", Kind: venue.Standing, Category: "a", Capacity: n,
		Outline: []venue.Point{{}, {X: 1}, {Y: 1}},
	}
	return venue.Venue{
		Name: "X", Currency: "EUR", Categories: []venue.Category{{ID: "a", Name: "A", Price: 100}},
		Sections: []venue.Section{floor},
	}
}

// mapParts returns the names of the zone's stored maps' parts.
func mapParts(t *testing.T, c *dynamotest.Cloud, zone string) (names []string) {
	out, err := c.Client.Query(t.Context(), &dynamodb.QueryInput{
		TableName: aws.String(c.Table("seats")), KeyConditionExpression: aws.String("part = :map"),
		ExpressionAttributeValues: dynamo.Item{":map": dynamo.Text(zone + "#~map")},
	})
	must(t, err)
	for _, it := range out.Items {
		r := dynamo.Reader{From: it}
		names = append(names, r.Text("seat"))
	}
	return names
}

// Names of sections come from outside: one that the map doesn't have costs no read.
func TestASectionThatTheMapDoesNotHaveIsNotLookedFor(t *testing.T) {
	t.Parallel()
	used := &meter.Meter{}
	s, ctx := dynamotest.New(t).With(used.Option).Seats(), t.Context()
	must(t, s.SaveMap(ctx, "main", hallOf(100), 0))
	o, err := s.Overview(ctx, "main")
	must(t, err)
	used.Reset()
	if _, err := s.Section(ctx, "main", o, "G"); problem.CodeOf(err) != problem.NotFound || used.Total().Requests > 0 {
		t.Errorf("%v, %+v", err, used.Total())
	}
	if section, err := s.Section(ctx, "main", o, "F"); err != nil || section.Capacity != 100 {
		t.Errorf("%+v, %v", section, err)
	}
}

func TestOfEveryMapTheLastTwoAreKept(t *testing.T) {
	c, ctx := dynamotest.New(t), t.Context()
	s := c.Seats()
	for version := range int64(5) {
		must(t, s.SaveMap(ctx, "main", hallOf(100+int(version)), version))
		must(t, s.SaveMap(ctx, "other", hallOf(100), version))
		if err := s.SaveMap(ctx, "main", hallOf(7), version); problem.CodeOf(err) != problem.Conflict {
			t.Fatalf("another map of version %d: %v", version+1, err)
		}
	}
	got := mapParts(t, c, "main")
	for _, name := range got {
		if name != "~overview" && !strings.HasPrefix(name, "0000000004.F.") && !strings.HasPrefix(name, "0000000005.F.") {
			t.Errorf("%q is stored still, of %q", name, got)
		}
	}
	if got := mapParts(t, c, "other"); len(got) != 3 {
		t.Errorf("of the other zone: %q", got)
	}
}
