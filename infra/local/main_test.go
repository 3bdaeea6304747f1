package local

import (
	"testing"

	"foyer/internal/testkit/dynamotest"
)

func TestMain(m *testing.M) { dynamotest.Main(m) }
