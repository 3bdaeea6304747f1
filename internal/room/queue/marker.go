package queue

// markerByte starts the key of a marker. Order keys never start with it: no policy uses the last lane.
const markerByte = 0xFF

// Marker returns the key of the note that a visitor had a place in a draw and lost it by being away. It lies in the
// visitor's shard behind every order key: heads end before it, and the census doesn't count it.
func Marker(v VisitorID) Key {
	var k Key
	k[0] = markerByte
	copy(k[7:], v[:])
	return k
}

// IsMarker reports whether k is a marker and no order key.
func (k Key) IsMarker() bool { return k[0] == markerByte }

// Lane is the key's lane, from 0.
func (k Key) Lane() int { return int(k[0] & 0xF) }

// Priority is the key's priority, from 0.
func (k Key) Priority() int { return int(k[0] >> 4) }

// Rank is the key's rank within its lane.
func (k Key) Rank() uint64 { return k.Prefix() & MaxRank }
