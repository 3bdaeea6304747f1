package boot

import (
	"log/slog"
	"math/rand/v2"
	"os"
	"time"

	"foyer/internal/aws/metrics"
)

// Logger returns a logger that writes JSON lines to standard error. Lambda sends them to the same log as the metrics.
func Logger() *slog.Logger { return slog.New(slog.NewJSONHandler(os.Stderr, nil)) }

// Recorder returns a recorder that writes metrics of the namespace to standard output.
func Recorder(namespace string) *metrics.Recorder {
	return &metrics.Recorder{Out: os.Stdout, Namespace: namespace, Now: time.Now}
}

// Jitter returns a random duration up to most.
func Jitter(most time.Duration) time.Duration { return rand.N(most + 1) }
