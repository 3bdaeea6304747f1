package token

import "testing"

// networkVector is the hash of a network in a zone, which the edge must find as well.
type networkVector struct {
	Zone   string  `json:"zone"`
	Prefix string  `json:"prefix"`
	Hash   Network `json:"hash"`
}

func makeNetworks() (all []networkVector) {
	for _, zone := range []string{"main", "other"} {
		for _, prefix := range []string{"4 192.0.2", "4 10.0.0", "6 2001:db8:1", "6 0:0:0", "6 fe80:0:0", ""} {
			all = append(all, networkVector{zone, prefix, ring(testSecret).Network(zone, prefix)})
		}
	}
	return all
}

func TestADeviceHasOneNetworkOfEachFamily(t *testing.T) {
	const home4, home6, cafe4, cafe6 = Network("4home44"), Network("6home66"), Network("4cafe44"), Network("6cafe66")
	var n Networks
	for _, step := range []struct {
		add   Network
		want  Networks
		moved bool
	}{
		{"", Networks{}, false},
		{home4, Networks{V4: home4}, false},
		{home4, Networks{V4: home4}, false},
		{home6, Networks{home4, home6}, false},
		{cafe4, Networks{V4: cafe4}, true},
		{cafe6, Networks{cafe4, cafe6}, false},
		{home6, Networks{V6: home6}, true},
	} {
		next, moved := n.Add(step.add)
		if next != step.want || moved != step.moved || !next.Has(step.add) {
			t.Errorf("%v and %s: %v, moved %v", n, step.add, next, moved)
		}
		if again, err := ParseNetworks(next.String()); err != nil || again != next {
			t.Errorf("%s is read as %v, %v", next, again, err)
		}
		n = next
	}
	if _, err := ParseNetworks("a.b.c"); err == nil {
		t.Error("a grant's connection was read as networks")
	}
}
