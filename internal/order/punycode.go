package order

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// asciiDomain is a domain as mail servers know it: each label in lower case and, where it isn't ASCII, in Punycode.
func asciiDomain(domain string) (string, error) {
	labels := strings.Split(strings.TrimSuffix(norm.NFKC.String(strings.ToLower(domain)), "."), ".")
	for i, label := range labels {
		if strings.ContainsFunc(label, func(r rune) bool { return r >= utf8.RuneSelf }) {
			label = "xn--" + punycode(label)
		}
		if !isLabel(label) {
			return "", fmt.Errorf("order: %q is no label of a domain", label)
		}
		labels[i] = label
	}
	return strings.Join(labels, "."), nil
}

// isLabel tells a letters-digits-hyphen label, RFC 1123.
func isLabel(label string) bool {
	return label != "" && len(label) <= 63 && label[0] != '-' && label[len(label)-1] != '-' &&
		!strings.ContainsFunc(label, func(r rune) bool { return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') })
}

// Parameters of Punycode, RFC 3492 section 5.
const (
	base, tMin, tMax     = 36, 1, 26
	skew, damp           = 38, 700
	initialBias, initial = 72, 128
)

// punycode is the Punycode of a label, RFC 3492 section 6.3.
func punycode(label string) string {
	runes := []rune(label)
	var out []byte
	for _, r := range runes {
		if r < initial {
			out = append(out, byte(r))
		}
	}
	done, plain := len(out), len(out)
	if plain > 0 {
		out = append(out, '-')
	}
	n, delta, bias := rune(initial), 0, initialBias
	for done < len(runes) {
		next := slices.MinFunc(runes, func(a, b rune) int { return ordinal(a, n) - ordinal(b, n) })
		delta += int(next-n) * (done + 1)
		n = next
		for _, r := range runes {
			if r < n {
				delta++
			}
			if r == n {
				out = variable(out, delta, bias)
				bias = adapt(delta, done+1, done == plain)
				delta = 0
				done++
			}
		}
		delta++
		n++
	}
	return string(out)
}

// ordinal sorts code points below n after all others.
func ordinal(r, n rune) int {
	if r < n {
		return utf8.MaxRune + 1
	}
	return int(r)
}

// variable appends a variable-length integer.
func variable(out []byte, q, bias int) []byte {
	for k := base; ; k += base {
		t := min(max(k-bias, tMin), tMax)
		if q < t {
			return append(out, digit(q))
		}
		out = append(out, digit(t+(q-t)%(base-t)))
		q = (q - t) / (base - t)
	}
}

func digit(d int) byte { return "abcdefghijklmnopqrstuvwxyz0123456789"[d] }

// adapt is the bias after one more code point.
func adapt(delta, points int, first bool) int {
	if delta /= 2; first {
		delta /= damp / 2
	}
	delta += delta / points
	k := 0
	for ; delta > (base-tMin)*tMax/2; k += base {
		delta /= base - tMin
	}
	return k + (base-tMin+1)*delta/(delta+skew)
}
