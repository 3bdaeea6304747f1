package edge

import (
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"foyer/internal/room/bucket"
	"foyer/internal/room/token"
)

// The site is told whom the gate lets in, under the key of the zone for this alone, for two minutes: as any reader of
// JWT understands it.
func TestTheSiteIsToldWhomTheGateLetsIn(t *testing.T) {
	told := Options{DefaultZone: "main", Statement: true}
	withOptions(t, told, func(t *testing.T, run func([]call) []Outcome) {
		for _, zone := range []string{"main", "other"} {
			access := ring.SignAccess(token.Access{Zone: zone, ID: ann, Ref: bucket.Ref{Page: 7}}, now)
			e := ask("POST /z/"+zone+"/page", "x-foyer-access: "+access, "x-foyer-statement: forged")
			got := run([]call{calling(e, state(zone, nil))})[0]
			text := got.Request.Headers["x-foyer-statement"].Value
			parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithAudience(zone), jwt.WithIssuedAt(),
				jwt.WithExpirationRequired(), jwt.WithTimeFunc(func() time.Time { return now }))
			claims := jwt.MapClaims{}
			_, err := parser.ParseWithClaims(text, claims, func(*jwt.Token) (any, error) {
				return []byte(ring.StatementKey(zone)), nil
			})
			if err != nil || claims["sub"] != ann.String() || claims["ref"] != "7.0" ||
				claims["exp"].(float64)-claims["iat"].(float64) != 120 {
				t.Errorf("%s: %v: %q says %v", zone, err, text, claims)
			}
		}
		for what, c := range map[string]call{
			"an open path": calling(ask("GET /robots.txt", "x-foyer-statement: forged"), state("main", nil)),
			"a zone without a queue": calling(ask("GET /page", "x-foyer-statement: forged"),
				state("main", map[string]any{"p": "passthrough"})),
		} {
			if got := run([]call{c})[0]; got.Kind() != Through || got.Request.Headers["x-foyer-statement"].Value != "" {
				t.Errorf("%s: %+v", what, got)
			}
		}
	})
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		got := run([]call{calling(ask("GET /page", "x-foyer-access: "+valid(t, "access")), state("main", nil))})[0]
		if _, found := got.Request.Headers["x-foyer-statement"]; found {
			t.Error("it is told without being asked")
		}
	})
}
