package edge

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"foyer/internal/room/token"
	"foyer/internal/testkit/known"
)

func TestKnownInviteReplacesThePlace(t *testing.T) {
	known.Fault(t, "invite replaces the place")
	inv := ring.SignInvite(
		token.Invite{Zone: "main", ID: [16]byte{9, 9}, Priority: 4, Batch: "b1", Issued: now.Add(-time.Hour),
			Expires: now.Add(time.Hour)},
	)
	run := engines["goja"]
	o := run(t, build(t), []call{calling(ask("GET /?foyer_invite="+inv, browser, "sec-fetch-site: cross-site",
		"sec-fetch-mode: navigate", cookies(visitorCookie())), state("main", nil))})[0]
	old, _ := ring.ParseVisitor("main", strings.TrimPrefix(visitorCookie(), "__Host-foyer-v-main="), now)
	v, err := ring.ParseVisitor("main", o.Response.Cookies["__Host-foyer-v-main"].Value, now)
	fmt.Printf(
		"%s: had %v pri %d; the link replaced it by %v pri %d, %v\n",
		o.Kind(),
		old.ID,
		old.Priority,
		v.ID,
		v.Priority,
		err,
	)
}
