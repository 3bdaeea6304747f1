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
// The seed stays, since draws that were committed to depend on it, and so does the lasting key, on which invites
// depend. It fails when random does, and when a key has a name that isn't one of these.
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
			return with(current, current.Keys[1], current.Keys[0]), nil
		}
	}
	fresh, err := token.NewMasterKeys(random, "k"+strconv.Itoa(signing+1))
	if err != nil {
		return token.MasterKeys{}, err
	}
	return with(current, current.Keys[0], fresh.Keys[0]), nil
}

// with returns the secret with these keys; seed and lasting key stay.
func with(s token.MasterKeys, keys ...token.MasterKey) token.MasterKeys {
	s.Keys = keys
	return s
}

// age returns the number in a key's name: the higher, the younger.
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
