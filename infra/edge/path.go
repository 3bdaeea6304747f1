package edge

import (
	"net/url"
	"regexp"
	"strings"

	"foyer/infra/topology"
)

// IsOwn reports whether a normal path is one of Foyer's own interface or of its sockets, before which the API's
// function stands.
func IsOwn(normal string) bool {
	return strings.HasPrefix(normal, topology.Prefix) || normal == "/"+topology.SocketStage
}

// Normal returns the path by which CloudFront picks a behaviour (RFC 3986, 6.2.2): letters, digits and -._~ decoded,
// dots resolved, doubled slashes gone. The back-end gets the path as it came.
func Normal(path string) string {
	var out []string
	for _, part := range strings.Split(decode(path), "/") {
		switch part {
		case "", ".":
		case "..":
			out = out[:max(len(out)-1, 0)]
		default:
			out = append(out, part)
		}
	}
	normal := "/" + strings.Join(out, "/")
	if strings.HasSuffix(path, "/") && normal != "/" {
		normal += "/"
	}
	return normal
}

func decode(path string) string {
	var out strings.Builder
	for i := 0; i < len(path); i++ {
		if path[i] == '%' && i+2 < len(path) {
			if b, err := url.PathUnescape(path[i : i+3]); err == nil && isUnreserved(b[0]) {
				out.WriteString(b)
				i += 2
				continue
			}
		}
		out.WriteByte(path[i])
	}
	return out.String()
}

func isUnreserved(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || strings.IndexByte("-._~", b) >= 0
}

var named = regexp.MustCompile(`^/z/([^/]*)`)

// ZoneOf is the zone of a protected path: the one that /z/<zone> names, else the default.
func ZoneOf(path, defaultZone string) string {
	if m := named.FindStringSubmatch(path); m != nil {
		return m[1]
	}
	return defaultZone
}
