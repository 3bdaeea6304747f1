package main

import (
	"testing"
)

func TestOnlySectionsThatExistAreChosen(t *testing.T) {
	if _, err := choice([]string{"writes", "nothing"}); err == nil {
		t.Error("a section that doesn't exist was chosen")
	}
	if chosen, err := choice([]string{"page", "writes"}); err != nil || len(chosen) != 2 || chosen[0].name != "writes" {
		t.Errorf("%v %v", chosen, err)
	}
}
