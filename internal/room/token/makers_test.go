package token

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

func addKeys(what kind, add adder) {
	mine := good(ring(testSecret), "main", ann)
	add("valid", mine[what], "")
	if what != invite {
		add("valid under the second key", good(ring(oldSecret), "main", ann)[what], "")
	}
	add("under a retired key", good(ring(lostSecret), "main", ann)[what], "signature")
	add("under a key unheard of", good(ring(goneSecret), "main", ann)[what], "header")
	add("for another zone", good(ring(testSecret), "other", ann)[what], "signature")
	for _, k := range kinds {
		if k != what {
			add("that is of the kind "+string(k), mine[k], "header")
		}
	}
	body := mine[what][:strings.LastIndex(mine[what], ".")]
	add("signed with an empty key", body+"."+signature("", body), "signature")
	master := ring(testSecret).of(what)[0]
	add("signed with the master key", body+"."+signature(string(master.raw), body), "signature")
	raw := must(b64.DecodeString(master.signing(what, "main")))
	add("signed with the key's bytes, not its text", body+"."+signature(string(raw), body), "signature")
	for _, k := range kinds {
		if k != what {
			add("signed with the key for the kind "+string(k), body+"."+signature(master.signing(k, "main"), body), "signature")
		}
	}
}

// addClaims signs claims that we would never have written: each one missing, twice, of another type, out of bounds.
func addClaims(what kind, add adder) {
	text := payload(good(ring(testSecret), "main", ann)[what])
	sign := func(name, claims string) { add(name, resigned(what, "main", claims), "claims") }
	fields := strings.Split(strings.Trim(text, "{}"), ",")
	for i, field := range fields {
		name, value, _ := strings.Cut(field, ":")
		with := func(other string) string {
			changed := append([]string{}, fields...)
			changed[i] = other
			return "{" + strings.Join(changed, ",") + "}"
		}
		sign("without "+name, "{"+strings.Join(append(append([]string{}, fields[:i]...), fields[i+1:]...), ",")+"}")
		sign("with "+name+" twice", with(field+","+field))
		sign("with a null "+name, with(name+":null"))
		sign("with a true "+name, with(name+":true"))
		sign("with a list as "+name, with(name+":["+value+"]"))
		sign("with an upper-case name for "+name, with(strings.ToUpper(name)+":"+value))
		if strings.HasPrefix(value, `"`) {
			sign("with a number as "+name, with(name+":7"))
			sign("with an empty "+name, with(name+`:""`))
			sign("with a quote in "+name, with(name+`:"a\"b"`))
			sign("with "+name+" in upper case", with(name+":"+strings.ToUpper(value)+"X"))
			continue
		}
		sign("with a text as "+name, with(name+`:"`+value+`"`))
		sign("with a negative "+name, with(name+":-1"))
		sign("with a fraction as "+name, with(name+":"+value+".5"))
		sign("with an exponent in "+name, with(name+":1e2"))
		sign("with a leading zero in "+name, with(name+":0"+value))
		sign("with too large a "+name, with(name+":9999999999999999"))
	}
	sign("with a claim too many", strings.Replace(text, "}", `,"x":1}`, 1))
	sign("with its claims in another order", "{"+strings.Join(append(fields[1:], fields[0]), ",")+"}")
	sign("with spaces", strings.ReplaceAll(text, ",", ", "))
	sign("with a trailing newline in the claims", text+"\n")
	sign("with something after the claims", text+"{}")
	sign("with no claims", "{}")
	sign("with claims that aren't an object", "[]")
	sign("with claims that aren't JSON", "hello")
	sign("with broken UTF-8", strings.Replace(text, "main", "m\xff\xfen", 1))
	add(
		"signed for this zone, naming another",
		resigned(what, "main", strings.Replace(text, `"main"`, `"other"`, 1)),
		"audience",
	)
	if what == access {
		for _, net := range []string{"", "x", "a.b", "abcdef.abcdef.", "abcdefg.", "abc+ef.", ".abc=ef"} {
			sign("with the networks "+net, regexp.MustCompile(`"net":"[^"]*"`).ReplaceAllString(text, `"net":"`+net+`"`))
		}
		for _, ref := range []string{"0.3", "12.12", "12", "012.3", "12.3.4", "-1.3", "12.03"} {
			sign("with the reference "+ref, strings.Replace(text, "12.3", ref, 1))
		}
	} else {
		sign("with priority 16", strings.NewReplacer(`"pri":8`, `"pri":16`, `"pri":2`, `"pri":16`).Replace(text))
	}
}

func addTimes(what kind, add adder) {
	base := claims{Arrived: 1, Audience: "main", Networks: ".", Batch: "b7", Ref: "12.3",
		Subject: ann.String(), Priority: 15}
	at := func(name string, issued, expires time.Duration, why string) {
		base.Issued, base.Expires = testNow.Add(issued).Unix(), testNow.Add(expires).Unix()
		add(name, resigned(what, "main", base.encode(what)), why)
	}
	at("in its last second", -time.Minute, time.Second, "")
	at("at its end", -time.Minute, 0, "expired")
	at("a second after its end", -time.Minute, -time.Second, "expired")
	at("long expired", -100*24*time.Hour, -99*24*time.Hour, "expired")
	at("signed 5 s ahead of our clock", 5*time.Second, time.Minute, "")
	at("signed 6 s ahead of our clock", 6*time.Second, time.Minute, "early")
	at("signed tomorrow", 24*time.Hour, 48*time.Hour, "early")
}

func addHeaders(what kind, add adder) {
	token := good(ring(testSecret), "main", ann)[what]
	claims := strings.Split(token, ".")[1]
	kid := ring(testSecret).of(what)[0].id
	typ := `"typ":"foyer-` + string(what) + `+jwt"`
	key := ring(testSecret).of(what)[0].signing(what, "main")
	for name, h := range map[string]string{
		"with a lower-case algorithm":   `{"alg":"hs256","kid":"` + kid + `",` + typ + `}`,
		"with HS384 in its header":      `{"alg":"HS384","kid":"` + kid + `",` + typ + `}`,
		"with RS256 in its header":      `{"alg":"RS256","kid":"` + kid + `",` + typ + `}`,
		"without an algorithm":          `{"kid":"` + kid + `",` + typ + `}`,
		"without a key id":              `{"alg":"HS256",` + typ + `}`,
		"without a type":                `{"alg":"HS256","kid":"` + kid + `"}`,
		"with the type JWT":             `{"alg":"HS256","kid":"` + kid + `","typ":"JWT"}`,
		"with a path as key id":         `{"alg":"HS256","kid":"../k2",` + typ + `}`,
		"with its own key in the head":  `{"alg":"HS256","jwk":{"kty":"oct","k":"AA"},"kid":"` + kid + `",` + typ + `}`,
		"with its header reordered":     `{"kid":"` + kid + `","alg":"HS256",` + typ + `}`,
		"with spaces in its header":     `{"alg": "HS256", "kid": "` + kid + `", ` + typ + `}`,
		"with an algorithm given twice": `{"alg":"none","alg":"HS256","kid":"` + kid + `",` + typ + `}`,
		"with a header that isn't JSON": `hello`,
	} {
		body := b64.EncodeToString([]byte(h)) + "." + claims
		add(name, body+"."+signature(key, body), "header")
	}
	none := b64.EncodeToString([]byte(`{"alg":"none","kid":"`+kid+`",`+typ+`}`)) + "." + claims
	add("with no algorithm and no signature", none+".", "header")
	add("with no algorithm and a signature", none+"."+signature(key, none), "header")
	wide := b64.EncodeToString([]byte(`{"alg":"HS512","kid":"`+kid+`",`+typ+`}`)) + "." + claims
	mac := hmac.New(sha512.New, []byte(key))
	mac.Write([]byte(wide))
	add("signed with HS512", wide+"."+b64.EncodeToString(mac.Sum(nil)), "header")
}

// addSpellings writes a good token in other ways that a lenient decoder would take.
func addSpellings(what kind, add adder) {
	token := good(ring(testSecret), "main", ann)[what]
	part := strings.Split(token, ".")
	key := ring(testSecret).of(what)[0].signing(what, "main")
	body := part[0] + "." + part[1]
	add("that is empty", "", "missing")
	add("that is one word", "hello", "malformed")
	add("without a signature part", body, "malformed")
	add("with an empty signature", body+".", "signature")
	add("with four parts", token+".x", "malformed")
	add("in quotes", `"`+token+`"`, "header")
	add("with a space before", " "+token, "header")
	add("with a space after", token+" ", "signature")
	add("with a comma and a second token", token+","+token, "malformed")
	add("with a null byte after", token+"\x00", "signature")
	add("with padding", token+"=", "signature")
	add("in upper case", strings.ToUpper(token), "header")
	add("with half a signature", token[:len(token)-20], "signature")
	add("with its signature twice", token+part[2], "signature")
	add("of 1 KB", token+strings.Repeat("A", MaxLength-len(token)), "signature")
	add("of more than 1 KB", token+strings.Repeat("A", MaxLength+1-len(token)), "malformed")
	add("with the signature's unused bits set", token[:len(token)-1]+nextLetter(token[len(token)-1]), "signature")
	raw := must(b64.DecodeString(part[2]))
	add("with its signature in hex", body+"."+fmt.Sprintf("%x", raw), "signature")
	if std := base64.RawStdEncoding.EncodeToString(raw); std != part[2] {
		add("with its signature in plain base64", body+"."+std, "signature")
	}
	padded := part[0] + "." + base64.URLEncoding.EncodeToString([]byte(payload(token)+" "))
	add("signed over padded claims", padded+"."+signature(key, padded), "claims")
}

// nextLetter is the letter of the base64url alphabet after c, which differs in its last bit.
func nextLetter(c byte) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return alphabet[strings.IndexByte(alphabet, c)^1:][:1]
}

// addSplices puts header, claims and signature of different good tokens together.
func addSplices(what kind, add adder) {
	first, second := good(ring(testSecret), "main", ann), good(ring(oldSecret), "main", ben)
	source := map[string][]string{
		"ann":   strings.Split(first[what], "."),
		"ben":   strings.Split(second[what], "."),
		"other": strings.Split(first[kinds[(slices.Index(kinds, what)+1)%3]], "."),
	}
	for _, h := range []string{"ann", "ben"} {
		for _, c := range []string{"ann", "ben", "other"} {
			for _, s := range []string{"ann", "ben", "other"} {
				whole := c == s && source[h][0] == source[c][0] // invites have one key, hence one head
				if !whole {
					add("spliced of "+h+", "+c+" and "+s, source[h][0]+"."+source[c][1]+"."+source[s][2], "signature")
				}
			}
		}
	}
}
