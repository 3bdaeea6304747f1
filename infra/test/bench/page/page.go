package page

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"regexp"
	"strings"

	"foyer/infra/site"
	"foyer/infra/test/bench/measure"
)

// pageBudget is the waiting page's first load, gzipped, bytes.
const pageBudget = 14 * 1024

// named are the files of our own that a page asks for.
var named = regexp.MustCompile(`"` + site.Prefix + `([^"]+)"`)

// WaitingPage adds up everything that a browser loads with the waiting page.
func WaitingPage(context.Context, *measure.Env) ([]measure.Row, error) {
	pages, err := site.Build()
	if err != nil {
		return nil, err
	}
	html := pages[site.WaitPage]
	total := gzipped(html)
	parts := []string{fmt.Sprintf("page %d", total)}
	seen := map[string]bool{}
	for _, match := range named.FindAllStringSubmatch(string(html), -1) {
		name := match[1]
		content, found := pages[name]
		if !found || seen[name] {
			continue // the operator's logo isn't ours
		}
		seen[name] = true
		size := gzipped(content)
		total += size
		parts = append(parts, fmt.Sprintf("%s %d", name[strings.LastIndexByte(name, '/')+1:], size))
	}
	return []measure.Row{measure.AtMost("waiting page, first load, gzip", pageBudget, float64(total), " B").With("%s",
		strings.Join(parts, ", "))}, nil
}

func gzipped(content []byte) int {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	_, _ = w.Write(content)
	_ = w.Close()
	return b.Len()
}
