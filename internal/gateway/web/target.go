package web

import (
	"net/url"
	"strings"
)

// maxTarget is the longest address that a visitor is sent back to; the edge asks for no longer one.
const maxTarget = 8000

// Query parameters of Foyer's own start so; none of them reaches a protected page.
const ownParameter = "foyer_"

// waitParameter tells the edge to show the waiting room, where it would else send the visitor here again.
const waitParameter = "foyer_w=1"

// target makes a Location out of the `to` parameter: a path on this very host, without Foyer's own parameters.
// What is not one becomes "/". Browsers take a backslash for a slash and drop tabs and line ends, so both would
// make another host out of what looks like a path.
func Target(to string, wait bool) string {
	if !local(to) {
		to = "/"
	}
	to, fragment, _ := strings.Cut(to, "#")
	path, query, _ := strings.Cut(to, "?")
	var kept []string
	for part := range strings.SplitSeq(query, "&") {
		if part != "" && !strings.HasPrefix(unescape(part), ownParameter) {
			kept = append(kept, part)
		}
	}
	if wait {
		kept = append(kept, waitParameter)
	}
	if len(kept) > 0 {
		path += "?" + strings.Join(kept, "&")
	}
	if fragment != "" {
		path += "#" + fragment
	}
	return printable(path)
}

// local tells a path on this host that is not one of Foyer's own.
func local(to string) bool {
	return strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//") && len(to) <= maxTarget &&
		!strings.ContainsFunc(to, func(c rune) bool { return c < ' ' || c == 0x7f || c == '\\' }) &&
		to != "/foyer" && !strings.HasPrefix(to, "/foyer/")
}

func unescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// printable escapes what may not stand in a header.
func printable(s string) string {
	const digits = "0123456789ABCDEF"
	var out strings.Builder
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"<>`, c) >= 0 {
			out.Write([]byte{'%', digits[c>>4], digits[c&15]})
		} else {
			out.WriteByte(c)
		}
	}
	return out.String()
}
