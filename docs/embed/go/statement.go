package site

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// VisitorOf returns the visitor whom a request's x-foyer-statement names; empty unless the front door signed it, with
// the zone's key, for the zone, and it still holds.
func VisitorOf(statement, zone, key string, now time.Time) string {
	end := max(strings.LastIndex(statement, "."), 0)
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(statement[:end]))
	if !hmac.Equal([]byte("."+base64.RawURLEncoding.EncodeToString(mac.Sum(nil))), []byte(statement[end:])) {
		return ""
	}
	_, text, _ := strings.Cut(statement[:end], ".")
	var claims struct {
		Aud, Sub string
		Exp      int64
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || json.Unmarshal(raw, &claims) != nil || claims.Aud != zone || claims.Exp <= now.Unix() {
		return ""
	}
	return claims.Sub
}
