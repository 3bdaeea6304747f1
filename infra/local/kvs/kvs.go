// Package kvs plays a CloudFront KeyValueStore: its data API over HTTP with its limits, and reads at the edge, which
// see a write after a delay. It takes any host name, since the SDK puts the account's id before it, and checks no
// signature. It plays neither the control plane nor imports.
package kvs

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Limits of a CloudFront KeyValueStore.
const (
	maxKey    = 512     // bytes
	maxValue  = 1024    // bytes
	maxUpdate = 50      // keys in one UpdateKeys
	maxStore  = 5 << 20 // bytes of all keys and values
	maxBody   = 3 << 20 // bytes of a request
)

// Store is one key-value store.
type Store struct {
	// Delay is how long a write takes to show at the edge; AWS says a few seconds.
	Delay time.Duration
	// Now is the clock; nil: the wall clock.
	Now func() time.Time

	arn      string
	mu       sync.Mutex
	versions []version // the last is the present one; older ones are still seen at the edge
	writes   int64
	refuse   int
}

// version is the store as one write left it. Its values are never changed.
type version struct {
	at     time.Time
	etag   string
	values map[string]string
}

// New returns an empty store of that name.
func New(arn string) *Store {
	return &Store{arn: arn, versions: []version{{etag: newETag(), values: map[string]string{}}}}
}

func newETag() string {
	raw := make([]byte, 8)
	_, _ = rand.Read(raw) // never fails
	return "KV" + strings.ToUpper(hex.EncodeToString(raw))
}

func (k *Store) now() time.Time {
	if k.Now == nil {
		return time.Now()
	}
	return k.Now()
}

// Get reads as the edge does: it returns what was written Delay ago. Get and Len implement edge.Store.
func (k *Store) Get(key string) (value string, found bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	value, found = k.seen()[key]
	return value, found
}

// seen returns what the edge sees: what was written Delay ago. Older versions are forgotten.
func (k *Store) seen() map[string]string {
	seen := k.now().Add(-k.Delay)
	for len(k.versions) > 1 && !k.versions[1].at.After(seen) {
		k.versions = k.versions[1:]
	}
	return k.versions[0].values
}

// Writes returns how many writing calls were made: each costs money.
func (k *Store) Writes() int64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.writes
}

// Refuse answers every call of the API with this status from now on; 0 stops that. The edge goes on reading.
func (k *Store) Refuse(status int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.refuse = status
}

// Put writes one value whatever is there, for a test or a demo that has no API client at hand.
func (k *Store) Put(key, value string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	_, err := k.change(k.last().etag, map[string]string{key: value}, nil)
	return err
}

func (k *Store) last() version { return k.versions[len(k.versions)-1] }

// fault is an error of the API, by its name there.
type fault struct {
	status int
	name   string
	text   string
}

func (e *fault) Error() string { return e.name + ": " + e.text }

func invalid(text string) error {
	return &fault{http.StatusBadRequest, "ValidationException", text}
}

// change makes a new version, all or nothing, if the present one still has the ETag. The caller holds mu.
func (k *Store) change(etag string, puts map[string]string, deletes []string) (version, error) {
	if etag == "" {
		return version{}, invalid("If-Match is needed")
	}
	if etag != k.last().etag {
		return version{}, &fault{http.StatusConflict, "ConflictException", "the store has changed since"}
	}
	if n := len(puts) + len(deletes); n < 1 || n > maxUpdate {
		return version{}, invalid("1 to 50 keys at a time")
	}
	next := maps.Clone(k.last().values)
	for _, key := range deletes {
		if _, put := puts[key]; put {
			return version{}, invalid("a key is both put and deleted")
		}
		delete(next, key)
	}
	for key, value := range puts {
		if key == "" || len(key) > maxKey || len(value) > maxValue {
			return version{}, invalid("a key has 1 to 512 bytes, a value at most 1024")
		}
		next[key] = value
	}
	if size(next) > maxStore {
		return version{}, &fault{http.StatusPaymentRequired, "ServiceQuotaExceededException", "the store is full"}
	}
	k.versions = append(k.versions, version{k.now(), newETag(), next})
	k.writes++
	return k.last(), nil
}

func size(values map[string]string) int {
	size := 0
	for key, value := range values {
		size += len(key) + len(value)
	}
	return size
}

// ServeHTTP answers the data API.
func (k *Store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.refuse != 0 {
		w.WriteHeader(k.refuse)
		return
	}
	out, etag, err := k.call(r)
	w.Header().Set("Content-Type", "application/json")
	var e *fault
	if errors.As(err, &e) {
		w.Header().Set("X-Amzn-Errortype", e.name)
		w.WriteHeader(e.status)
		out = map[string]string{"Message": e.text}
	} else if etag != "" {
		w.Header().Set("ETag", etag)
	}
	_ = json.NewEncoder(w).Encode(out) // fails only when the client is gone
}

// call does what the request asks. The caller holds mu.
func (k *Store) call(r *http.Request) (out any, etag string, err error) {
	arn, key, isKey, err := parsePath(r)
	if err != nil {
		return nil, "", err
	}
	if arn != k.arn {
		return nil, "", &fault{http.StatusNotFound, "ResourceNotFoundException", "there is no such store"}
	}
	keys := strings.HasSuffix(r.URL.EscapedPath(), "/keys")
	match := r.Header.Get("If-Match")
	switch {
	case r.Method == http.MethodGet && !isKey && !keys:
		return k.describe(), k.last().etag, nil
	case r.Method == http.MethodGet && isKey:
		out, err = k.get(key)
		return out, "", err
	case r.Method == http.MethodGet && keys:
		out, err = k.list(r.URL.Query())
		return out, "", err
	case r.Method == http.MethodPut && isKey:
		var body struct{ Value *string }
		if err := decode(r, &body); err != nil || body.Value == nil {
			return nil, "", invalid("the body is {\"Value\":…}")
		}
		return k.wrote(k.change(match, map[string]string{key: *body.Value}, nil))
	case r.Method == http.MethodDelete && isKey:
		if _, err := k.get(key); err != nil {
			return nil, "", err
		}
		return k.wrote(k.change(match, nil, []string{key}))
	case r.Method == http.MethodPost && keys:
		return k.update(r, match)
	}
	return nil, "", &fault{http.StatusNotFound, "ResourceNotFoundException", "there is no such operation"}
}

// parsePath reads /key-value-stores/{arn}[/keys[/{key}]], where arn and key are encoded.
func parsePath(r *http.Request) (arn, key string, isKey bool, err error) {
	rest, ok := strings.CutPrefix(r.URL.EscapedPath(), "/key-value-stores/")
	arn, rest, _ = strings.Cut(rest, "/")
	if !ok || arn == "" {
		return "", "", false, &fault{http.StatusNotFound, "ResourceNotFoundException", "there is no such path"}
	}
	key, isKey = strings.CutPrefix(rest, "keys/")
	var errs [2]error
	arn, errs[0] = url.PathUnescape(arn)
	key, errs[1] = url.PathUnescape(key)
	if errors.Join(errs[:]...) != nil {
		return "", "", false, invalid("the path is not encoded right")
	}
	return arn, key, isKey, nil
}

func decode(r *http.Request, into any) error {
	return json.NewDecoder(io.LimitReader(r.Body, maxBody)).Decode(into)
}

func (k *Store) describe() any {
	return map[string]any{
		"ItemCount": len(k.last().values), "TotalSizeInBytes": size(k.last().values), "KvsARN": k.arn,
		"Created": 0, "LastModified": float64(k.last().at.UnixMilli()) / 1000, "Status": "READY",
	}
}

func (k *Store) get(key string) (any, error) {
	value, ok := k.last().values[key]
	if !ok {
		return nil, &fault{http.StatusNotFound, "ResourceNotFoundException", "there is no such key"}
	}
	all := k.last().values
	return map[string]any{"Key": key, "Value": value, "ItemCount": len(all), "TotalSizeInBytes": size(all)}, nil
}

// list returns keys in order, 10 or MaxResults (1 to 50) at a time. NextToken is the last key returned.
func (k *Store) list(query url.Values) (any, error) {
	most := 10
	if text := query.Get("MaxResults"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 50 {
			return nil, invalid("MaxResults is 1 to 50")
		}
		most = n
	}
	items, next := []map[string]string{}, ""
	for _, key := range slices.Sorted(maps.Keys(k.last().values)) {
		if after := query.Get("NextToken"); after != "" && key <= after {
			continue
		}
		if len(items) == most {
			next = items[most-1]["Key"]
			break
		}
		items = append(items, map[string]string{"Key": key, "Value": k.last().values[key]})
	}
	out := map[string]any{"Items": items}
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}

func (k *Store) update(r *http.Request, match string) (any, string, error) {
	var body struct {
		Puts    []struct{ Key, Value string }
		Deletes []struct{ Key string }
	}
	if err := decode(r, &body); err != nil {
		return nil, "", invalid("the body is not JSON")
	}
	puts, deletes := map[string]string{}, []string{}
	for _, p := range body.Puts {
		puts[p.Key] = p.Value
	}
	for _, d := range body.Deletes {
		deletes = append(deletes, d.Key)
	}
	if len(puts) != len(body.Puts) {
		return nil, "", invalid("a key is put twice")
	}
	return k.wrote(k.change(match, puts, deletes))
}

func (k *Store) wrote(v version, err error) (any, string, error) {
	return map[string]any{"ItemCount": len(v.values), "TotalSizeInBytes": size(v.values)}, v.etag, err
}
