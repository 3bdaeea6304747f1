package page

import (
	"testing"

	"foyer/infra/test/bench/measure"
)

func TestThePagesOwnModulesCount(t *testing.T) {
	rows, err := StatusPolls(t.Context(), &measure.Env{Quick: true, Root: "../../../.."})
	if err != nil || len(rows) != 2 || rows[0].Figure < 5 {
		t.Fatalf("%+v, %v", rows, err)
	}
}
