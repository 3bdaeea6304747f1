package cdn

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"path"
	"strings"
	"time"

	"foyer/internal/problem"
)

// static serves a file of the site as the bucket would: no index of folders, an ETag, and the type by its name.
func (c *Distribution) static(w http.ResponseWriter, r *http.Request, name string) {
	id := w.Header().Get("X-Amz-Cf-Id")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		writeProblem(w, id, http.StatusMethodNotAllowed, problem.Method, "That method is not allowed here")
		return
	}
	content, found := c.cfg.Static[name]
	if !found {
		writeProblem(w, id, http.StatusNotFound, problem.NotFound, "There is nothing here")
		return
	}
	c.count(func(s *Stats) { s.Static++ })
	sum := sha256.Sum256(content)
	w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:16])+`"`)
	w.Header().Set("Cache-Control", c.cfg.CacheControl(name))
	if kind, ok := contentTypes[path.Ext(strings.ToLower(name))]; ok {
		w.Header().Set("Content-Type", kind)
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
}

// contentTypes doesn't leave the types to package mime, which asks the machine.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".json": "application/json", ".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp",
	".woff2": "font/woff2", ".txt": "text/plain; charset=utf-8", ".webmanifest": "application/manifest+json",
}
