package crowd

import (
	"net/http"
	"net/url"
	"sync"
)

// Jar keeps every cookie for the one host there is. That includes the Secure ones, which net/http/cookiejar wouldn't
// send here: a browser counts this machine as secure. The zero Jar is empty.
type Jar struct{ cookies sync.Map } // name → value

// SetCookies implements http.CookieJar.
func (j *Jar) SetCookies(_ *url.URL, cookies []*http.Cookie) {
	for _, c := range cookies {
		if c.MaxAge < 0 || c.Value == "" {
			j.cookies.Delete(c.Name)
		} else {
			j.cookies.Store(c.Name, c.Value)
		}
	}
}

// Cookies implements http.CookieJar.
func (j *Jar) Cookies(*url.URL) (all []*http.Cookie) {
	for name, value := range j.cookies.Range {
		all = append(all, &http.Cookie{Name: name.(string), Value: value.(string)})
	}
	return all
}
