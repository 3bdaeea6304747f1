package crowd

import (
	"reflect"
	"testing"
)

func TestASeedGivesTheSameBuyers(t *testing.T) {
	b := Buy{Share: 0.8, DropOut: 0.3, Decline: 0.2, Trouble: 0.5, Sharing: 0.1}
	keys := map[string]bool{}
	for n := range uint64(500) {
		one, same := b.intend(7, n), b.intend(7, n)
		if !reflect.DeepEqual(one, same) {
			t.Fatalf("buyer %d is %+v, and then %+v", n, one, same)
		}
		if one == nil {
			continue
		}
		if keys[one.key] || keys[one.anotherKey] {
			t.Fatalf("buyer %d has another's key", n)
		}
		keys[one.key], keys[one.anotherKey] = true, true
	}
	if n := len(keys) / 2; n < 370 || n > 430 {
		t.Errorf("%d of 500 buy, where 80 %% should", n)
	}
}
