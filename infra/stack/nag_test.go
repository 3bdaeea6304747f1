package stack_test

import "testing"

func TestNagFindsNothingWithoutAReason(t *testing.T) {
	for _, finding := range app(t).findings {
		t.Error(finding)
	}
}
