// Package site is a sample for the protected site: it lets only requests in that came through the front door.
package site

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
)

// FromFrontDoor answers 403 to requests that don't carry one of the site's secrets, of which there are two while one is
// being replaced.
func FromFrontDoor(secrets []string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		given := sha256.Sum256([]byte(r.Header.Get("X-Foyer-Site")))
		for _, secret := range secrets {
			want := sha256.Sum256([]byte(secret))
			if secret != "" && subtle.ConstantTimeCompare(given[:], want[:]) == 1 {
				next.ServeHTTP(w, r)
				return
			}
		}
		http.Error(w, "come through the front door", http.StatusForbidden)
	})
}
