package cdn

import (
	"cmp"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"

	"foyer/infra/topology"
)

// ResponseTimeout is how long CloudFront waits for an origin's answer, unless the deployment says otherwise.
const ResponseTimeout = 30 * time.Second

// NewOrigin returns the protected site at that address. A request without a host goes there under the site's own name,
// WebSockets included. Nothing is added on the way and nothing rewritten. An answer that doesn't begin within patience
// is given up; 0 stands for ResponseTimeout.
func NewOrigin(site *url.URL, patience time.Duration) http.Handler {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = cmp.Or(patience, ResponseTimeout)
	transport.MaxResponseHeaderBytes = topology.MaxRequest
	transport.Proxy, transport.DisableCompression = nil, true
	return &httputil.ReverseProxy{
		Transport: transport,
		Rewrite: func(p *httputil.ProxyRequest) {
			query, host := p.In.URL.RawQuery, p.In.Host
			p.SetURL(site)
			p.Out.Host = host // empty: the site's
			p.Out.URL.RawQuery = query
			// The proxy takes these away; what is there by now is CloudFront's or the deployment's.
			for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
				if values := p.In.Header.Values(name); len(values) > 0 {
					p.Out.Header[name] = values
				}
			}
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			slog.Warn("the origin does not answer", "origin", site.String(), "error", err)
			var late net.Error
			status := http.StatusBadGateway
			if errors.As(err, &late) && late.Timeout() {
				status = http.StatusGatewayTimeout
			}
			refuse(w, r.Header.Get("X-Amz-Cf-Id"), status,
				"We can't connect to the server for this app or website at this time.")
		},
	}
}

// returned is an origin's answer on its way to the viewer, which the CDN changes.
type returned struct {
	http.ResponseWriter
	change func(status int, h http.Header) int // returns the status that the answer has then
	begun  bool
}

// WriteHeader passes the status and the headers on as they are changed.
func (w *returned) WriteHeader(status int) {
	begins := !w.begun && status >= 200
	w.begun = w.begun || status >= 200
	if begins {
		status = w.change(status, w.Header())
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write passes a part of the body on.
func (w *returned) Write(p []byte) (int, error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController: sockets and streams go through.
func (w *returned) Unwrap() http.ResponseWriter { return w.ResponseWriter }
