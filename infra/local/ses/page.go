package ses

import (
	"embed"
	"encoding/json"
	"io/fs"
	"net"
	"net/http"
	"strconv"
	"strings"
)

//go:embed page
var page embed.FS

// Page returns a mail client over all mailboxes at once:
//
//	GET /            the page
//	GET /mails       every mail, newest first, without its bodies
//	GET /mails/{id}/html, /text, /raw
//
// It answers to names of this machine only. Mails are shown without scripts, forms or anything from elsewhere.
func (b *Mailbox) Page() http.Handler {
	files, err := fs.Sub(page, "page")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(files))
	mux.HandleFunc("GET /mails", b.list)
	mux.HandleFunc("GET /mails/{id}/{form}", b.show)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !thisMachine(r.Host) {
			http.Error(w, "only on this machine", http.StatusForbidden)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'self'; base-uri 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		mux.ServeHTTP(w, r)
	})
}

func thisMachine(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (b *Mailbox) list(w http.ResponseWriter, r *http.Request) {
	mails := b.Mails("")
	out := []Mail{}
	for i := len(mails) - 1; i >= 0; i-- {
		m := mails[i]
		m.Text, m.HTML = "", ""
		out = append(out, m)
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(out)
}

func (b *Mailbox) show(w http.ResponseWriter, r *http.Request) {
	id, _ := strconv.Atoi(r.PathValue("id"))
	for _, m := range b.Mails("") {
		if m.ID != id {
			continue
		}
		h := w.Header()
		switch r.PathValue("form") {
		case "html":
			h.Set("Content-Type", "text/html; charset=utf-8")
			// Links leave the frame; nothing else does, and nothing runs.
			h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "+
				"frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox")
			w.Write([]byte(strings.Replace(m.HTML, "<head>", `<head><base target="_blank">`, 1)))
		case "text":
			h.Set("Content-Type", "text/plain; charset=utf-8")
			w.Write([]byte(m.Text))
		case "raw":
			h.Set("Content-Type", "text/plain; charset=us-ascii")
			w.Write(m.Raw)
		default:
			http.NotFound(w, r)
		}
		return
	}
	http.NotFound(w, r)
}
