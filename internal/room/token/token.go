// Package token signs and checks the tokens that visitors carry: visitor tokens, minted at the edge on arrival;
// access tokens, minted by the admitter; and invites, minted by operators. The edge function does the same in
// JavaScript; both agree byte for byte, which testdata/tokens/vectors.json holds them to.
//
// A token is a JWT in compact form, HS256. Its claims stand in alphabetical order without spaces, and nothing else
// is accepted, so that a token has exactly one spelling. The package never reads a clock or a random source.
package token

import (
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
)

// Visitor is what a visitor token proves: who arrived in which zone, when, and with which priority.
type Visitor struct {
	Zone     string
	ID       queue.VisitorID
	Arrived  time.Time // ms
	Priority int       // 0 to queue.MaxPriority; the lower goes first
}

// Access is what an access token proves: a grant that was live when it was signed. Until AskAt it loads pages on its
// networks; then the admitter is asked again. Everything else, such as forms, scripts and images, passes until Expires.
type Access struct {
	Zone     string
	ID       queue.VisitorID
	Ref      bucket.Ref
	AskAt    time.Time // s
	Expires  time.Time // s
	Networks Networks
}

// Invite is what an operator's invite proves. One invite is one place: the visitor id follows from it, and its
// signing time stands for the arrival, so that its order key is the same on every device.
type Invite struct {
	Zone     string
	ID       [16]byte // unguessable
	Priority int      // 0 to queue.MaxPriority
	Batch    string   // by which it can be revoked with others; see IsBatch
	Issued   time.Time
	Expires  time.Time // s
}

// SignVisitor signs v as of now, to the second; the token lives for VisitorLife. Signing again later, under a newer
// key, keeps the place: the arrival time is a claim of its own.
func (r *Keyring) SignVisitor(v Visitor, now time.Time) string {
	return r.sign(visitor, v.Zone, claims{
		Arrived: v.Arrived.UnixMilli(), Audience: v.Zone, Issued: now.Unix(),
		Expires: now.Add(VisitorLife).Unix(), Priority: v.Priority, Subject: v.ID.String(),
	}.encode(visitor))
}

// ParseVisitor checks a visitor token of the zone. It returns problem.Unauthorized, whose cause says why.
func (r *Keyring) ParseVisitor(zone, token string, now time.Time) (Visitor, error) {
	c, _, err := r.parse(visitor, zone, token, now)
	if err != nil {
		return Visitor{}, refuse(err)
	}
	id, err := queue.ParseVisitorID(c.Subject)
	if err != nil {
		return Visitor{}, refuse(err)
	}
	return Visitor{Zone: zone, ID: id, Arrived: time.UnixMilli(c.Arrived), Priority: c.Priority}, nil
}

// SignAccess signs a as of now. The token ends at a.Expires, and no later than AccessLife from now; with a zero Expires
// it ends then. It asks again after AskAgain, whatever a says.
func (r *Keyring) SignAccess(a Access, now time.Time) string {
	expires := now.Add(AccessLife).Unix()
	if !a.Expires.IsZero() {
		expires = min(expires, a.Expires.Unix())
	}
	return r.sign(access, a.Zone, claims{
		Ask: min(now.Add(AskAgain).Unix(), expires), Audience: a.Zone, Issued: now.Unix(), Expires: expires,
		Networks: a.Networks.String(), Ref: a.Ref.String(), Subject: a.ID.String(),
	}.encode(access))
}

// ParseAccess checks an access token of the zone. It returns problem.Unauthorized, whose cause says why. When the
// cause is ErrExpired alone, what the token once proved is returned as well, so that its grant can be found.
func (r *Keyring) ParseAccess(zone, token string, now time.Time) (Access, error) {
	c, _, late := r.parse(access, zone, token, now)
	if late != nil && late != ErrExpired {
		return Access{}, refuse(late)
	}
	ref, err := bucket.ParseRef(c.Ref)
	if err != nil {
		return Access{}, refuse(ErrClaims)
	}
	id, err := queue.ParseVisitorID(c.Subject)
	if err != nil {
		return Access{}, refuse(ErrClaims)
	}
	networks, err := ParseNetworks(c.Networks)
	if err != nil {
		return Access{}, refuse(ErrClaims)
	}
	return Access{
		Zone: zone, ID: id, Ref: ref, Networks: networks,
		AskAt: time.Unix(c.Ask, 0), Expires: time.Unix(c.Expires, 0),
	}, refuse(late)
}

// SignInvite signs i, whose Issued is its signing time.
func (r *Keyring) SignInvite(i Invite) string {
	return r.sign(invite, i.Zone, claims{
		Audience: i.Zone, Batch: i.Batch, Issued: i.Issued.Unix(), Expires: i.Expires.Unix(),
		Priority: i.Priority, Subject: queue.VisitorID(i.ID).String(),
	}.encode(invite))
}

// ParseInvite checks an invite to the zone and returns the visitor that it stands for. It returns problem.Unauthorized,
// whose cause says why.
func (r *Keyring) ParseInvite(zone, token string, now time.Time) (Visitor, error) {
	c, by, err := r.parse(invite, zone, token, now)
	if err != nil {
		return Visitor{}, refuse(err)
	}
	derived := sum([]byte(by.signing(invite, zone)), "visitor "+c.Subject)
	return Visitor{
		Zone: zone, ID: queue.VisitorID(derived[:16]), Arrived: time.Unix(c.Issued, 0), Priority: c.Priority,
	}, nil
}

// parse opens a token and checks everything that all kinds have in common. With ErrExpired it returns the claims too.
func (r *Keyring) parse(what kind, zone, token string, now time.Time) (claims, masterKey, error) {
	raw, by, err := r.open(what, zone, token)
	if err != nil {
		return claims{}, masterKey{}, err
	}
	c, err := decode(what, zone, raw)
	if err != nil {
		return claims{}, masterKey{}, err
	}
	return c, by, span(c.Issued, c.Expires, now)
}
