// Package rotate replaces the token keys so that nobody who holds a valid token is turned away.
//
// A key lives through three rotations: staged (the second of two, it only checks), signing (the first), and retired
// (the second again, it only checks) until the next one drops it. So when a key begins to sign, every edge and every
// function has known it for a whole rotation; and when it is dropped, what it signed last is as old. A rotation must
// therefore be further apart than a visitor token lives: 7 days. The edge signs visitors' tokens anew under the key
// that signs when it sees one of the retired key.
//
// The package must never log or return in an error what a secret holds.
package rotate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"foyer/internal/room/token"
)

// Next is the secret that follows the current one. Keys are called k1, k2, …, by age:
//
//	no keys → k1      k1 → k1 k2      k1 k2 (staged) → k2 k1      k2 k1 (retired) → k2 k3
//
// The seed stays, since draws that were committed to depend on it. It fails when random does, and when a key has a
// name that isn't one of these.
func Next(current token.MasterKeys, random io.Reader) (token.MasterKeys, error) {
	if len(current.Keys) == 0 {
		return token.NewMasterKeys(random, "k1")
	}
	signing, err := age(current.Keys[0])
	if err != nil {
		return token.MasterKeys{}, err
	}
	if len(current.Keys) == 2 {
		second, err := age(current.Keys[1])
		if err != nil {
			return token.MasterKeys{}, err
		}
		if second > signing {
			return token.MasterKeys{Seed: current.Seed, Keys: []token.MasterKey{current.Keys[1], current.Keys[0]}}, nil
		}
	}
	fresh, err := token.NewMasterKeys(random, "k"+strconv.Itoa(signing+1))
	if err != nil {
		return token.MasterKeys{}, err
	}
	return token.MasterKeys{Seed: current.Seed, Keys: []token.MasterKey{current.Keys[0], fresh.Keys[0]}}, nil
}

// age is the number in a key's name: the higher, the younger.
func age(k token.MasterKey) (int, error) {
	n, err := strconv.Atoi(strings.TrimPrefix(k.ID, "k"))
	if err != nil || n < 1 || k.ID != "k"+strconv.Itoa(n) {
		return 0, fmt.Errorf("rotate: %q is no name of a key that was made here", k.ID)
	}
	return n, nil
}

// parse reads a secret. The one that the deployment makes has no keys yet and a field that nobody needs.
func parse(text string) (token.MasterKeys, error) {
	var s token.MasterKeys
	if json.Unmarshal([]byte(text), &s) != nil {
		return s, errors.New("rotate: the secret is not JSON")
	}
	return s, nil
}
