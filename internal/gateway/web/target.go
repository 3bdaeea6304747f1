package web

import (
	"net/url"
	"strings"
)

// maxTarget is the longest address, in bytes, to which a visitor is sent back; the edge asks for no longer one.
const maxTarget = 8000

// ownParameter starts the names of Foyer's own query parameters. None of them reaches a protected page.
const ownParameter = "foyer_"

// waitParameter makes the edge show the waiting room. Without it the edge would send the visitor here again.
const waitParameter = "foyer_w=1"

// Target makes a Location header of the parameter "to": a path on this host, without Foyer's own query parameters;
// anything else becomes "/". Browsers take a backslash for a slash and drop tabs and line ends: what looks like a path
// would become another host.
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

// local reports whether to is a path on this host and none of Foyer's own.
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

// printable escapes the bytes that a header may not have.
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
