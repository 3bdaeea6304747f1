package token_test

import (
	"testing"

	"foyer/internal/room/token"
)

func FuzzParseNetworks(f *testing.F) {
	for _, s := range []string{".", "abcdef.", ".ABC-_9", "abcdef.abcdef", "abcde.", "abcdef", "a.b.c", "äbcde.", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := token.ParseNetworks(s); err == nil && n.String() != s {
			t.Errorf("%q was read as %q", s, n)
		}
	})
}

func FuzzParseKeyring(f *testing.F) {
	for _, s := range []string{"", "{}", "null", `{"keys":[]}`, `{"keys":[{"kid":"a","key":"AA"}]}`, `{"keys":[]} x`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, secret []byte) {
		if k, err := token.ParseKeyring(secret); err == nil && len(k.EdgeKeys("main").Keys) == 0 {
			t.Errorf("%q made a keyring without keys", secret)
		}
	})
}
