package boot

import (
	"log/slog"
	"math/rand/v2"
	"os"
	"time"

	"foyer/internal/aws/metrics"
)

// Logger writes JSON lines to standard error, which Lambda keeps apart from metrics only by their shape.
func Logger() *slog.Logger { return slog.New(slog.NewJSONHandler(os.Stderr, nil)) }

// Recorder writes metrics to standard output, filed under the namespace.
func Recorder(namespace string) *metrics.Recorder {
	return &metrics.Recorder{Out: os.Stdout, Namespace: namespace, Now: time.Now}
}

// Jitter is a random time up to most.
func Jitter(most time.Duration) time.Duration { return rand.N(most + 1) }
