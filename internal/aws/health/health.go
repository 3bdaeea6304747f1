// Package health asks a site over HTTP whether it is well.
package health

import (
	"context"
	"fmt"
	"io"
	"net/http"
)

// client follows no redirects: an address that only leads elsewhere says nothing of the site.
var client = &http.Client{
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// Ask gets the address, and returns nil if it answers 2xx. Otherwise the error says what it answered, or why it didn't.
// It reads at most 64 KB of the answer.
func Ask(ctx context.Context, url string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	r.Header.Set("User-Agent", "Foyer-Health")
	r.Header.Set("Cache-Control", "no-cache")
	res, err := client.Do(r)
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	defer res.Body.Close()
	if _, err := io.CopyN(io.Discard, res.Body, 64<<10); err != nil && err != io.EOF {
		return fmt.Errorf("health: %w", err)
	}
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("health: %s answers %d", url, res.StatusCode)
	}
	return nil
}
