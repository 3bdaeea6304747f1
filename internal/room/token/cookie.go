package token

// How tokens travel. Browsers carry them in cookies that no script reads and no other host sets; API clients send the
// headers, which win over a cookie.
const (
	VisitorHeader = "x-foyer-visitor"
	AccessHeader  = "x-foyer-access"
	// NetworkHeader is set by the edge, for the back-ends alone: the part of the viewer's address that NewNetwork takes.
	NetworkHeader = "x-foyer-network"
)

// The attributes of our cookies; Max-Age comes on top. The access cookie goes along with forms that another site's page
// posts, such as a payment provider's, so that a visitor inside keeps their work. What it allows is to reach the
// protected site, no more.
const (
	VisitorAttributes = "Secure; HttpOnly; SameSite=Lax; Path=/"
	AccessAttributes  = "Secure; HttpOnly; SameSite=None; Path=/"
)

// VisitorCookie is the name of the cookie with the visitor token of a zone.
func VisitorCookie(zone string) string { return "__Host-foyer-v-" + zone }

// OldCookie is the name of the cookie with the visitor token that an invite took the place of.
func OldCookie(zone string) string { return "__Host-foyer-o-" + zone }

// AccessCookie is the name of the cookie with the access token of a zone.
func AccessCookie(zone string) string { return "__Host-foyer-a-" + zone }
