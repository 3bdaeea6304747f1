package cdn

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"

	"foyer/infra/local/aws"
	"foyer/infra/topology"
)

// Bucket plays a private S3 bucket that only the distribution can read, object by object: it can't list it, so that
// what isn't there is forbidden, and knows no index of a folder.
type Bucket struct {
	Files        map[string][]byte        // by key
	CacheControl func(name string) string // of a file; nil: "no-cache"
}

// ServeHTTP answers GET and HEAD of an object.
func (s *Bucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		s.fail(w, r, http.StatusMethodNotAllowed, "MethodNotAllowed",
			"The specified method is not allowed against this resource.")
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	content, found := s.Files[name]
	if !found {
		s.fail(w, r, http.StatusForbidden, "AccessDenied", "Access Denied")
		return
	}
	sum := sha256.Sum256(content)
	w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:16])+`"`)
	w.Header().Set("Server", "AmazonS3")
	w.Header().Set("Cache-Control", "no-cache")
	if strings.HasSuffix(name, ".html") {
		w.Header().Set(topology.HeaderPage, topology.PageOfOurs)
	}
	for _, folder := range topology.RoomPages {
		if strings.HasPrefix(name, folder) {
			w.Header().Set(topology.HeaderPage, topology.PageOfRoom)
		}
	}
	if s.CacheControl != nil {
		w.Header().Set("Cache-Control", s.CacheControl(name))
	}
	if kind, ok := contentTypes[path.Ext(strings.ToLower(name))]; ok {
		w.Header().Set("Content-Type", kind)
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
}

func (s *Bucket) fail(w http.ResponseWriter, r *http.Request, status int, code, text string) {
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("Server", "AmazonS3")
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return
	}
	fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+
		`<Error><Code>%s</Code><Message>%s</Message><RequestId>%s</RequestId><HostId>%s</HostId></Error>`,
		code, text, strings.ToUpper(aws.RandomText(8)), aws.RandomText(32))
}

// contentTypes are said here, since what the machine thinks of a name is its own affair.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".json": "application/json", ".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp",
	".woff2": "font/woff2", ".txt": "text/plain; charset=utf-8", ".webmanifest": "application/manifest+json",
}
