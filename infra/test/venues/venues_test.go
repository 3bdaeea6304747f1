package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"foyer/internal/sale/venue"
)

func TestTheSamplesAreWhatTheProgramWrites(t *testing.T) {
	for name, build := range samples {
		raw, err := os.ReadFile(filepath.Join("../../../testdata/venues", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(raw, encode(build())) {
			t.Errorf("%s is not what the program writes: make venues", name)
		}
	}
}

func TestTheSamplesAreValidAndAsLargeAsTheySay(t *testing.T) {
	for name, size := range map[string]int{"theatre-300.json": 300, "hall-5000.json": 5000, "arena-50000.json": 50_000} {
		raw, err := os.ReadFile(filepath.Join("../../../testdata/venues", name))
		if err != nil {
			t.Fatal(err)
		}
		v, err := venue.Parse(raw)
		if err != nil || v.Size() != size {
			t.Errorf("%s: %d seats, %v", name, v.Size(), err)
		}
	}
}
