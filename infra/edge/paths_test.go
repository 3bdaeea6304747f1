package edge

import (
	"strings"
	"testing"
	"time"
)

// TestAPathThatTwoServersReadDifferentlyIsRefused asks with an access token of the easy zone main, next to which the
// zone vip is full.
func TestAPathThatTwoServersReadDifferentlyIsRefused(t *testing.T) {
	want := map[Kind][]string{
		// Another zone, or Foyer's own, to a server that ignores case, decodes twice, or overlooks spaces, dots and control
		// characters.
		Refused: {
			"/Z/vip/page", "/%5A/vip/page", "/%5a/vip", "/Z;x/vip", "//Z//vip", "/z%20/vip/page", "/z./vip/page", "/z../vip",
			"/z%00/vip/page", "/z%0a/vip", "/%09z/vip/page", "/z%09/vip/page", "/%20z/vip", "/Z%20/vip", "/Z./vip/page",
			"/%257a/vip/page", "/%257A/vip", "/%255a/vip", "/z%252fvip/page", "/z%252Fvip/page", "/z%255cvip", "/z%253bx/vip",
			"/%25257a/vip", "/z%2520/vip", "/z%252e/vip", "/z%2500/vip", "/x/%252e%252e/z/vip/page", "/x/%252e./z/vip",
			"/./z/vip/page", "/%2e/z/vip/page", "/.%2fz/vip/page", "/page;/../z/vip", "/page/..%3b/z/vip/page",
			"/FOYER/zones/main/enter", "/Foyer/x", "/foyer;x/zones/main/status", "/foyer%5czones", "/foyer%2fsite%2fx",
			"/foyer%20/x", "/foyer./x", "/%2566oyer/x", "/WS", "/%2577s", "/ws%20", "/ws.", "/ws;x",
			"/z/vip%2e/page", "/z/vip./page", "/z/vip%20/page", "/z/VIP/page", "/Z/VIP/page",
		},
		// Zone vip by every reading, for which this token is no good.
		Arrived: {
			"/z/vip/page", "/z/vip", "/z/vi%70/page", "/z/%76ip/page", "/%7a/vip/page", "/z%2fvip/page", "//z//vip/page",
			"/z;a=b/vip/page", "/;/z/vip/page", "/%3b/z/vip/page", "/z/vip/Page", "/z/vip/a%2520b", "/z/vip/a.",
		},
		// Zone main by every reading, however odd.
		Admitted: {
			"/page", "/Page", "/PAGE/Z/vip", "/100%25", "/a%2520b", "/caf%c3%a9", "/caf%e9", "/index.php/z/vip/page",
			"/zz/vip", "/Zoo", "/z", "/Z", "/foyer", "/Foyer", "/foyers/x", "/ws/", "/ws/chat", "/wss", "/a./b", "/a%20/b",
			"/...", "/a;v=1/b", "/%252561", "/z\u2215vip", "/%ef%bd%9a/vip/page",
			"/" + strings.Repeat("%e3%81%82", 200),
		},
	}
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		stored := state("main", nil)
		stored["z.vip"] = state("other", nil)["z.other"]
		for kind, targets := range want {
			var calls []call
			for _, target := range targets {
				asked := ask("GET "+target, browser, cookies(accessCookie(time.Minute)))
				calls = append(calls, calling(asked, stored))
			}
			for i, o := range run(calls) {
				if o.Kind() != kind {
					t.Errorf("%s: %s, want %s", targets[i], o.Kind(), kind)
				}
				if kind == Refused && o.Response != nil && o.Response.StatusCode != 400 && o.Response.StatusCode != 404 {
					t.Errorf("%s: %d", targets[i], o.Response.StatusCode)
				}
			}
		}
	})
}

// A hostile path is refused before anything is done to it: each mark that is replaced costs microseconds, and a
// decision may take a fraction of a millisecond.
func TestAPathOfManyMarksIsRefused(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		for _, part := range []string{"%41", ";a", "/", "\\", "/.", "%2f%2e", "%00", "%5c"} {
			asked := ask("GET /"+strings.Repeat(part, 8000/len(part)), browser, cookies(accessCookie(time.Minute)))
			if o := run([]call{calling(asked, state("main", nil))})[0]; o.Response == nil ||
				o.Response.StatusCode != 400 {
				t.Errorf("many %s: %s", part, o.Kind())
			}
			few := ask("GET /a"+strings.Repeat("%20a/a", 20), browser, cookies(accessCookie(time.Minute)))
			if o := run([]call{calling(few, state("main", nil))})[0]; o.Kind() != Admitted {
				t.Errorf("a deep path: %s", o.Kind())
			}
		}
	})
}

// A path may have as many marks as the longest of a page's address, and not one more.
func TestAPathHasSoManyMarksAtMost(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		for marks, want := range map[int]Kind{64: Admitted, 65: Refused} {
			asked := ask("GET "+strings.Repeat("/a", marks), browser, cookies(accessCookie(time.Minute)))
			if o := run([]call{calling(asked, state("main", nil))})[0]; o.Kind() != want {
				t.Errorf("%d marks: %s", marks, o.Kind())
			}
		}
	})
}
