package child

import (
	"strings"
	"sync"
)

// tailSize is how many of the last bytes of a process's output are kept, for the error message.
const tailSize = 8 << 10

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

// Write implements io.Writer. It never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - tailSize; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	return len(p), nil
}

// String returns what was kept.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.kept)
}

// reason returns the first line of a program's output that reports an error, or else the last line.
func reason(output string) string {
	var last string
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		for _, word := range []string{"ERROR", "Exception", "FATAL", "error:"} {
			if strings.Contains(line, word) {
				return line
			}
		}
		if line != "" {
			last = line
		}
	}
	return last
}
