package main

import (
	"testing"

	"foyer/internal/testkit/boottest"
)

func TestEnvironment(t *testing.T) { boottest.Environment(t, "announce", wire) }
