package edge

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"foyer/internal/room/token"
	"foyer/internal/testkit/known"
)

// An access token of the easy zone "main"; the zone "vip" is full.
func TestKnownPaths(t *testing.T) {
	known.Fault(t, "paths")
	for name, run := range engines {
		var calls []call
		targets := []string{
			"/z/vip/page", "/Z/vip/page", "/%5A/vip/page", "/z%20/vip/page", "/z./vip/page", "/z%00/vip/page", "/%09z/vip/page",
			"/z%09/vip/page",
			"/%257a/vip/page", "/z%252fvip/page", "/z%252Fvip/page", "/./z/vip/page", "/%2e/z/vip/page", "/.%2fz/vip/page",
			"/x/%252e%252e/z/vip/page",
			"/%c0%afz/vip/page", "/z%c0%afvip/page", "/%ef%bd%9a/vip/page", "/index.php/z/vip/page", "/z\u2215vip",
			"/page;/../z/vip", "/page/..%3b/z/vip/page", "/;/z/vip/page", "/%3b/z/vip/page",
			"/z/vip", "/z/vip?x", "/z/vi%70/page", "/z/%76ip/page", "/z/VIP/page", "/z/vip%2e/page", "/z/vip./page",
			"/z/vip%20/page", "/foyer", "/foyer%2fsite%2fx", "/FOYER/zones/main/enter", "/ws/", "/WS", "/%77s/",
			"/foyer;x/zones/main/status", "/foyer%5czones",
		}
		for _, target := range targets {
			st := state("main", nil)
			st["z.vip"] = state("other", nil)["z.other"]
			calls = append(calls, calling(ask("GET "+target, browser, cookies(accessCookie(time.Minute))), st))
		}
		for i, o := range run(t, build(t), calls) {
			extra := ""
			if o.Request != nil {
				extra = o.Request.URI
			} else {
				extra = fmt.Sprint(o.Response.StatusCode, " ", o.Response.Headers["location"].Value)
			}
			fmt.Printf("%s %-34s %-10s %s\n", name, targets[i], o.Kind(), extra)
		}
	}
}

func TestKnownInviteReplacesThePlace(t *testing.T) {
	known.Fault(t, "invite replaces the place")
	inv := ring.SignInvite(token.Invite{Zone: "main", ID: [16]byte{9, 9}, Priority: 4, Issued: now.Add(-time.Hour),
		Expires: now.Add(time.Hour)})
	run := engines["goja"]
	o := run(t, build(t),
		[]call{calling(ask("GET /?foyer_invite="+inv, browser, "sec-fetch-site: cross-site", "sec-fetch-mode: navigate",
			cookies(visitorCookie())), state("main", nil))})[0]
	old, _ := ring.ParseVisitor("main", strings.TrimPrefix(visitorCookie(), "__Host-foyer-v-main="), now)
	v, err := ring.ParseVisitor("main", o.Response.Cookies["__Host-foyer-v-main"].Value, now)
	fmt.Printf("%s: had %v pri %d; the link replaced it by %v pri %d, %v\n", o.Kind(), old.ID, old.Priority,
		v.ID, v.Priority, err)
}
