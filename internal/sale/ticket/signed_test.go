package ticket

import (
	"crypto/ed25519"
	"testing"
)

// What bears our signature opens the door only where it is a ticket, too: of this version, and of parts that could
// stand in one.
func TestASignatureAloneOpensNoDoor(t *testing.T) {
	k, err := ParseSecret(`{"kid":"t1","secret":"hushhushhushhushhushhushhushhushhush"}`)
	if err != nil {
		t.Fatal(err)
	}
	for text, opens := range map[string]bool{
		"1.t1.main.K7M2P9QX4R.A-4-12": true, "2.t1.main.K7M2P9QX4R.A-4-12": false, "1.t1.main.K7M2P9QX4R.A 4": false,
		"1.t1.main..A-4-12": false, "1.t1.main.K7M2P9QX4R.A-4-12.x": false, "1.t1.main.K7M2P9QX4R": false,
	} {
		code := digits(append([]byte(text), ed25519.Sign(k.private, []byte(text))...))
		if c, err := k.Verify(code); (err == nil) != opens {
			t.Errorf("%q: %+v, %v", text, c, err)
		}
	}
}
