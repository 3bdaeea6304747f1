package ddb

import (
	"fmt"
	"strings"

	"foyer/infra/local/child"
)

// explain makes one line of what a failed program wrote and how it ended, and says what to do where that is known.
func explain(output, how string) string {
	lower := strings.ToLower(output)
	switch {
	case strings.Contains(lower, "no space left on device"):
		return "the disk is full: free 200 MB and try again"
	case strings.Contains(lower, "unsupportedclassversionerror"):
		return "Java is too old: install Java 17 or later"
	case strings.Contains(lower, "unknown host") || strings.Contains(lower, "could not transfer artifact"):
		return "Maven can't reach its repository: check the network, a proxy or a mirror in ~/.m2/settings.xml; " + child.First(output)
	}
	if line := child.First(output); line != "" {
		return fmt.Sprintf("%s (%s)", line, how)
	}
	return how
}
