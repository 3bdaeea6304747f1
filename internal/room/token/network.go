package token

import (
	"errors"
	"strings"
)

// networkLength is the length of a Network: its family and six characters of a keyed hash, which tell one visitor's
// networks apart and say nothing to somebody who reads the token.
const networkLength = 7

const base64Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// Network is a short hash of where a viewer's address lies, an IPv4 /24 or an IPv6 /48: "4" or "6", and six characters.
// It is empty when the address isn't known.
type Network string

// Network hashes what the edge wrote into NetworkHeader: the family and the prefix, such as "4 192.0.2". The hash is of
// a lasting key, so that it can be compared with one of an hour ago.
func (r *Keyring) Network(zone, prefix string) Network {
	if prefix == "" || prefix[0] != '4' && prefix[0] != '6' {
		return ""
	}
	hash := derive(r.lasting.edge("lasting "+zone), "network "+prefix)
	return Network(prefix[:1] + hash[:networkLength-1])
}

// Networks are those from which a visit loads pages: one of each family, since a device may use both.
type Networks struct{ V4, V6 Network }

// String is the form that tokens and grants carry: both hashes without their family, with a dot between.
func (n Networks) String() string { return bare(n.V4) + "." + bare(n.V6) }

func bare(n Network) string {
	if n == "" {
		return ""
	}
	return string(n[1:])
}

// ParseNetworks reads the form that String writes, and nothing else.
func ParseNetworks(s string) (Networks, error) {
	four, six, found := strings.Cut(s, ".")
	if !found || !isHash(four) || !isHash(six) {
		return Networks{}, errors.New("token: these are no networks")
	}
	var n Networks
	if four != "" {
		n.V4 = Network("4" + four)
	}
	if six != "" {
		n.V6 = Network("6" + six)
	}
	return n, nil
}

// isHash reports whether s is empty or the six characters of a hash.
func isHash(s string) bool {
	return s == "" || len(s) == networkLength-1 && strings.Trim(s, base64Letters) == ""
}

// slot is where a network of this family stands.
func (n *Networks) slot(of Network) *Network {
	if of[0] == '6' {
		return &n.V6
	}
	return &n.V4
}

// Has reports whether the visit loads pages from the network. One that isn't known counts as one of them.
func (n Networks) Has(network Network) bool { return network == "" || *n.slot(network) == network }

// Add returns the networks with this one. When it takes another's place, the other family's goes as well: the device
// has moved.
func (n Networks) Add(network Network) (next Networks, moved bool) {
	if n.Has(network) {
		return n, false
	}
	if *n.slot(network) != "" {
		n, moved = Networks{}, true
	}
	*n.slot(network) = network
	return n, moved
}
