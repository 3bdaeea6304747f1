package queue_test

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"foyer/internal/room/queue"
)

// id is a visitor id of 16 equal bytes.
func id(b byte) (v queue.VisitorID) {
	for i := range v {
		v[i] = b
	}
	return v
}

func TestAKeyIsItsParts(t *testing.T) {
	k := queue.NewKey(8, 1, 0x0102030405, id(0xAB))
	if k.Priority() != 8 || k.Lane() != 1 || k.Rank() != 0x0102030405 || k.Visitor() != id(0xAB) {
		t.Errorf("%v has priority %d, lane %d, rank %x, visitor %v", k, k.Priority(), k.Lane(), k.Rank(), k.Visitor())
	}
	if want := "81000102030405" + strings.Repeat("ab", 16); k.String() != want {
		t.Errorf("written as %s, want %s", k, want)
	}
	if k.Prefix() != 0x81000102030405 {
		t.Errorf("prefix %x", k.Prefix())
	}
}

func TestPartsOverTheirBoundsAreClamped(t *testing.T) {
	for _, c := range []struct {
		priority, lane int
		rank           uint64
		want           string // the first 7 bytes
	}{
		{0, 0, 0, "00000000000000"},
		{-1, -1, 0, "00000000000000"},
		{queue.MaxPriority, queue.MaxLane, queue.MaxRank, "ffffffffffffff"},
		{16, 16, queue.MaxRank + 1, "ffffffffffffff"},
		{99, 0, 7, "f0000000000007"},
		{0, 99, 7, "0f000000000007"},
		{8, 0, 1 << 63, "80ffffffffffff"},
	} {
		if got := queue.NewKey(c.priority, c.lane, c.rank, id(1)).String()[:14]; got != c.want {
			t.Errorf("priority %d, lane %d, rank %d: %s, want %s", c.priority, c.lane, c.rank, got, c.want)
		}
	}
}

func TestKeysAreInOrderOfPriorityLaneRankAndVisitor(t *testing.T) {
	keys := []queue.Key{
		{}, queue.NewKey(0, 1, 9, id(9)), queue.NewKey(1, 0, 1, id(9)), queue.NewKey(1, 0, 2, id(1)),
		queue.NewKey(1, 0, 2, id(2)), queue.NewKey(1, 1, 0, id(0)), queue.NewKey(15, 14, queue.MaxRank, id(0xFF)),
		queue.Marker(id(0)),
	}
	if !slices.IsSortedFunc(keys, queue.Key.Compare) {
		t.Errorf("not in order: %v", keys)
	}
	if !keys[0].IsZero() || keys[1].IsZero() {
		t.Error("only the key that was never set is zero")
	}
}

func TestParseKeyReadsWhatStringWritesAndNothingElse(t *testing.T) {
	k := queue.NewKey(8, 1, 42, id(0xAB))
	if got, err := queue.ParseKey(k.String()); err != nil || got != k {
		t.Errorf("%s read as %v, %v", k, got, err)
	}
	for name, text := range map[string]string{
		"nothing":   "",
		"too short": k.String()[:44],
		"too long":  k.String() + "00",
		"odd":       k.String()[:45],
		"no hex":    "x" + k.String()[1:],
		"a space":   " " + k.String()[1:],
	} {
		if got, err := queue.ParseKey(text); err == nil {
			t.Errorf("%s was read as %v", name, got)
		}
	}
}

func TestParseVisitorIDReadsWhatStringWritesAndNothingElse(t *testing.T) {
	v := id(0xAB)
	if got, err := queue.ParseVisitorID(v.String()); err != nil || got != v {
		t.Errorf("%s read as %v, %v", v, got, err)
	}
	for name, text := range map[string]string{
		"nothing":     "",
		"too short":   v.String()[:31],
		"too long":    v.String() + "a",
		"far longer":  v.String() + "ab",
		"no hex":      "g" + v.String()[1:],
		"capitals":    strings.ToUpper(v.String()),
		"with dashes": "abababab-abab-abab-abab-abababababab",
	} {
		if got, err := queue.ParseVisitorID(text); err == nil {
			t.Errorf("%s was read as %v", name, got)
		}
	}
}

func TestEveryKeyOfAVisitorLiesInOneShard(t *testing.T) {
	raw, _ := hex.DecodeString("00000105" + strings.Repeat("ff", 12))
	v := queue.VisitorID(raw)
	for shards, want := range map[int]int{-1: 0, 0: 0, 1: 0, 2: 1, 16: 5, 256: 5, 257: 4} {
		if got := v.Shard(shards); got != want {
			t.Errorf("shard %d of %d, want %d", got, shards, want)
		}
		for _, k := range []queue.Key{queue.NewKey(8, 0, 1, v), queue.NewKey(3, 1, 2, v), queue.Marker(v)} {
			if got := k.Visitor().Shard(shards); got != want {
				t.Errorf("%v lies in shard %d of %d, want %d", k, got, shards, want)
			}
		}
	}
}

func TestAMarkerLiesBehindEveryOrderKey(t *testing.T) {
	m := queue.Marker(id(0))
	last := queue.NewKey(queue.MaxPriority, queue.MaxLane-1, queue.MaxRank, id(0xFF))
	if !m.IsMarker() || last.IsMarker() || last.Compare(m) >= 0 {
		t.Errorf("marker %v, last order key %v", m, last)
	}
	if m.Visitor() != id(0) {
		t.Errorf("the marker is %v's", m.Visitor())
	}
}

func TestTheKeyRightBefore(t *testing.T) {
	for _, c := range [][2]queue.Key{
		{{22: 5}, {22: 4}},
		{{0: 7, 21: 1}, {0: 7, 22: 0xFF}},
		{{0: 1, 1: 0}, {1: 0xFF, 2: 0xFF, 3: 0xFF, 4: 0xFF, 5: 0xFF, 6: 0xFF, 7: 0xFF, 8: 0xFF, 9: 0xFF, 10: 0xFF, 11: 0xFF,
			12: 0xFF, 13: 0xFF, 14: 0xFF, 15: 0xFF, 16: 0xFF, 17: 0xFF, 18: 0xFF, 19: 0xFF, 20: 0xFF, 21: 0xFF, 22: 0xFF}},
	} {
		if got := c[0].Before(); got != c[1] {
			t.Errorf("before %v comes %v", c[0], got)
		}
	}
}
