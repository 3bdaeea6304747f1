package sam

import "testing"

func TestTheBridgesAddressIsFoundAtItsInterface(t *testing.T) {
	if got, err := addressOf("lo"); err != nil || got != "127.0.0.1" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := addressOf("foyer-none"); err == nil {
		t.Errorf("an interface that isn't there has %q", got)
	}
}
