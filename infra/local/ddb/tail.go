package ddb

import (
	"fmt"
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

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - tailSize; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.kept)
}

// explain makes one line of what a failed program wrote and how it ended, and says what to do where that is known.
func explain(output, how string) string {
	lower := strings.ToLower(output)
	switch {
	case strings.Contains(lower, "no space left on device"):
		return "the disk is full: free 200 MB and try again"
	case strings.Contains(lower, "unsupportedclassversionerror"):
		return "Java is too old: install Java 17 or later"
	case strings.Contains(lower, "unknown host") || strings.Contains(lower, "could not transfer artifact"):
		return "Maven can't reach its repository: check the network, a proxy or a mirror in ~/.m2/settings.xml; " + first(output)
	}
	if line := first(output); line != "" {
		return fmt.Sprintf("%s (%s)", line, how)
	}
	return how
}

// first is the first line that tells an error, or else the last line.
func first(output string) string {
	var last string
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		if strings.Contains(line, "ERROR") || strings.Contains(line, "Exception") {
			return line
		}
		if line != "" {
			last = line
		}
	}
	return last
}
