package memroom

// ClearQueue returns how many places the zone's queue has, markers included, and with remove takes them away. The lock
// is the caller's.
func (c *Cloud) ClearQueue(zone string, remove bool) (n int) {
	for at, places := range c.places {
		if at.zone == zone {
			if n += len(places); remove {
				delete(c.places, at)
			}
		}
	}
	return n
}

// ClearLog returns how many pages and index entries the zone's log has, and with remove takes them away. The lock is
// the caller's.
func (c *Cloud) ClearLog(zone string, remove bool) (n int) {
	n = len(c.pages[zone])
	if x := c.indexes[zone]; x != nil {
		n += len(x.notes) + len(x.late)
	}
	if remove {
		delete(c.pages, zone)
		delete(c.indexes, zone)
	}
	return n
}
