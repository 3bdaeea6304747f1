package web

import "testing"

func TestATargetIsAPathOnThisHost(t *testing.T) {
	for _, c := range []struct{ why, to, want string }{
		{"a page", "/z/main/seats", "/z/main/seats"},
		{"nothing", "", "/"},
		{"the root", "/", "/"},
		{"its query stays as it is", "/a?b=%2F&c&d=1+2", "/a?b=%2F&c&d=1+2"},
		{"its fragment stays", "/a?b=1#c", "/a?b=1#c"},
		{"our own parameters go", "/a?foyer_w=1&b=2&foyer_c=1", "/a?b=2"},
		{"escaped ones of ours too", "/a?%66oyer_w=1", "/a"},
		{"another host", "//evil.example/", "/"},
		{"another host by a backslash", "/\\evil.example/", "/"},
		{"a backslash further on", "/a/..\\\\evil.example", "/"},
		{"another host by a tab, which browsers drop", "/\t/evil.example", "/"},
		{"another host by a line end", "/\n/evil.example", "/"},
		{"a second header", "/a\r\nSet-Cookie: b=c", "/"},
		{"a null byte", "/a\x00", "/"},
		{"another scheme", "https://evil.example/", "/"},
		{"a script", "javascript:alert(1)", "/"},
		{"no slash at all", "evil.example", "/"},
		{"a space before", " /a", "/"},
		{"a way round in circles", "/foyer/zones/main/enter?to=/", "/"},
		{"not that", "/foyers", "/foyers"},
		{"letters of other scripts are escaped", "/zürich?ä=ö", "/z%C3%BCrich?%C3%A4=%C3%B6"},
		{"spaces and quotes are escaped", "/a b\"<c>", "/a%20b%22%3Cc%3E"},
		{"too long", "/" + string(make([]byte, maxTarget)), "/"},
	} {
		if got := Target(c.to, false); got != c.want {
			t.Errorf("%s: %q becomes %q, want %q", c.why, c.to, got, c.want)
		}
	}
}

func TestTheWaitingRoomIsAskedForOnce(t *testing.T) {
	for to, want := range map[string]string{
		"/a": "/a?foyer_w=1", "/a?b=1": "/a?b=1&foyer_w=1", "/a?foyer_w=1": "/a?foyer_w=1", "//evil.example": "/?foyer_w=1",
		"/a#b": "/a?foyer_w=1#b",
	} {
		if got := Target(to, true); got != want {
			t.Errorf("%q becomes %q, want %q", to, got, want)
		}
	}
}
