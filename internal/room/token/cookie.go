package token

// How tokens travel. Browsers carry them in cookies that no script reads and no other host sets; API clients send the
// headers, which win over a cookie.
const (
	VisitorHeader = "x-foyer-visitor"
	AccessHeader  = "x-foyer-access"
	// CookieAttributes are those of every cookie of ours; Max-Age comes on top.
	CookieAttributes = "Secure; HttpOnly; SameSite=Lax; Path=/"
)

// VisitorCookie is the name of the cookie with the visitor token of a zone.
func VisitorCookie(zone string) string { return "__Host-foyer-v-" + zone }

// AccessCookie is the name of the cookie with the access token of a zone.
func AccessCookie(zone string) string { return "__Host-foyer-a-" + zone }
