// Package keyring keeps secrets close at hand: the token keys, the front door's secret, the payment provider's, from
// AWS Secrets Manager. They are read at first use and remembered for a while, so that starting does no I/O and a
// request costs no call. They are read again early when a token names a key that isn't known, which is how rotation is
// noticed.
//
// It must never log or return in an error what it keeps.
package keyring

import (
	"context"
	"errors"
	"sync"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/token"
)

// Keyring signs and checks tokens with the keys of a secret that holds the JSON of token.MasterKeys. Its errors are
// problem.Unauthorized for a token that proves nothing, and problem.Internal when the keys can't be read.
type Keyring struct {
	Secret *Secret

	mu   sync.Mutex
	text string
	ring *token.Keyring
}

// Visitor checks a visitor token of the zone.
func (k *Keyring) Visitor(ctx context.Context, zone, text string) (v token.Visitor, err error) {
	err = k.check(ctx, func(ring *token.Keyring, now time.Time) error {
		v, err = ring.ParseVisitor(zone, text, now)
		return err
	})
	return v, err
}

// Access checks an access token of the zone. One that was genuine and has expired still names its grant; whether that
// lives is for the log of pages to say.
func (k *Keyring) Access(ctx context.Context, zone, text string) (a token.Access, err error) {
	err = k.check(ctx, func(ring *token.Keyring, now time.Time) error {
		if a, err = ring.ParseAccess(zone, text, now); errors.Is(err, token.ErrExpired) {
			err = nil
		}
		return err
	})
	return a, err
}

// check calls parse with the keys at hand and, when the token names none of them, once more with the keys as they are
// now.
func (k *Keyring) check(ctx context.Context, parse func(*token.Keyring, time.Time) error) error {
	for _, again := range []bool{false, true} {
		ring, err := k.keys(ctx, again)
		if err != nil {
			return err
		}
		if err = parse(ring, k.Secret.Now()); again || !errors.Is(err, token.ErrHeader) {
			return err
		}
	}
	return nil
}

// SignAccess signs an access token for the grant that a names. It returns the token and the time it holds until: that
// of the grant, as a says, or token.AccessLife from now if that is sooner.
func (k *Keyring) SignAccess(ctx context.Context, a token.Access) (string, time.Time, error) {
	ring, err := k.keys(ctx, false)
	if err != nil {
		return "", time.Time{}, err
	}
	now := k.Secret.Now()
	expires := time.Unix(now.Add(token.AccessLife).Unix(), 0)
	if a.Expires.Before(expires) {
		expires = time.Unix(a.Expires.Unix(), 0)
	}
	a.Expires = expires
	return ring.SignAccess(a, now), expires, nil
}

// Network hashes the part of the viewer's address that the edge passed on.
func (k *Keyring) Network(ctx context.Context, zone, prefix string) (token.Network, error) {
	ring, err := k.keys(ctx, false)
	if err != nil {
		return "", err
	}
	return ring.Network(zone, prefix), nil
}

// EdgeKeys returns the keys that the edge needs for a zone.
func (k *Keyring) EdgeKeys(ctx context.Context, zone string) (token.EdgeKeys, error) {
	ring, err := k.keys(ctx, false)
	if err != nil {
		return token.EdgeKeys{}, err
	}
	return ring.EdgeKeys(zone), nil
}

// Seed returns the draw seed of a zone.
func (k *Keyring) Seed(ctx context.Context, zone string) ([32]byte, error) {
	ring, err := k.keys(ctx, false)
	if err != nil {
		return [32]byte{}, err
	}
	return ring.Seed(zone), nil
}

// Refresh reads the keys as they are now, unless that was done a moment ago.
func (k *Keyring) Refresh(ctx context.Context) error {
	_, err := k.keys(ctx, true)
	return err
}

func (k *Keyring) keys(ctx context.Context, again bool) (*token.Keyring, error) {
	text, err := k.Secret.Value(ctx, again)
	if err != nil {
		return nil, problem.Wrap(problem.Internal, err, "")
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if text == k.text {
		return k.ring, nil
	}
	ring, err := token.ParseKeyring([]byte(text))
	if err != nil && k.ring != nil {
		return k.ring, nil // a botched rotation must not lock everybody out
	}
	if err != nil {
		return nil, problem.Wrap(problem.Internal, err, "")
	}
	k.text, k.ring = text, ring
	return ring, nil
}
