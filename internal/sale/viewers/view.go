package viewers

import (
	"context"
	"errors"
	"slices"
	"time"

	"foyer/internal/problem"
)

// View makes exactly these sections those that a connection looks at, and welcomes it. It returns problem.Invalid for
// too many or misnamed ones, and problem.Forbidden for a connection that wasn't opened for a map. It may be repeated.
func (s *Service) View(ctx context.Context, conn string, sections []string, at time.Time) error {
	sections = slices.Compact(slices.Sorted(slices.Values(sections)))
	if len(sections) > MaxSections {
		return problem.New(problem.Invalid, "a connection may look at %d sections", MaxSections)
	}
	for _, id := range sections {
		if !named(id) {
			return problem.New(problem.Invalid, "a section is named by up to 16 letters and digits")
		}
	}
	zone, err := s.Store.View(ctx, conn, sections, at)
	if errors.Is(err, ErrFlood) {
		return problem.Wrap(problem.Forbidden, errors.Join(err, s.Closer.Close(ctx, conn)), "")
	}
	if err != nil {
		return problem.Wrap(codeOf(err), err, "")
	}
	return s.Welcome(ctx, zone, conn, sections)
}

func codeOf(err error) problem.Code {
	if err == ErrUnknown {
		return problem.Forbidden
	}
	return problem.CodeOf(err)
}

// named reports whether id can be a section's, by the rules of package venue: 1 to 16 letters and digits.
func named(id string) bool {
	for _, c := range []byte(id) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return len(id) >= 1 && len(id) <= 16
}
