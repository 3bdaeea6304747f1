package main

import (
	"testing"

	"foyer/internal/boot/boottest"
)

func TestEnvironment(t *testing.T) { boottest.Environment(t, "mailer", wire) }
