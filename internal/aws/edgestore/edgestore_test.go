package edgestore_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"foyer/internal/aws/edgestore"
	"foyer/internal/room/relay"
)

const arn = "arn:aws:cloudfront::123456789012:key-value-store/a1b2c3"

// data is the data API of a key-value store, as far as the adapter uses it.
type data struct {
	mu     sync.Mutex
	etag   int
	values map[string]string
}

func (d *data) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	path, _ := url.PathUnescape(strings.TrimPrefix(r.URL.EscapedPath(), "/key-value-stores/"))
	key, isKey := strings.CutPrefix(path, arn+"/keys/")
	value, found := d.values[key]
	switch {
	case r.Method == "GET" && path == arn:
		w.Header().Set("ETag", fmt.Sprint(d.etag))
		fmt.Fprint(w, `{"ItemCount":0,"KvsARN":"`+arn+`","TotalSizeInBytes":0,"Created":1}`)
	case r.Method == "GET" && isKey && found:
		_ = json.NewEncoder(w).
			Encode(map[string]any{"Key": key, "Value": value, "ItemCount": 1, "TotalSizeInBytes": 1})
	case r.Method == "GET" && isKey:
		refuse(w, http.StatusNotFound, "ResourceNotFoundException")
	case r.Method == "POST" && path == arn+"/keys" && r.Header.Get("If-Match") != fmt.Sprint(d.etag):
		refuse(w, http.StatusConflict, "ConflictException")
	case r.Method == "POST" && path == arn+"/keys":
		var in struct {
			Puts    []struct{ Key, Value string }
			Deletes []struct{ Key string }
		}
		_ = json.NewDecoder(r.Body).Decode(&in)
		for _, p := range in.Puts {
			d.values[p.Key] = p.Value
		}
		for _, one := range in.Deletes {
			delete(d.values, one.Key)
		}
		d.etag++
		w.Header().Set("ETag", fmt.Sprint(d.etag))
		fmt.Fprint(w, `{"ItemCount":1,"TotalSizeInBytes":1}`)
	default:
		refuse(w, http.StatusInternalServerError, "InternalServerException")
	}
}

func refuse(w http.ResponseWriter, status int, kind string) {
	w.Header().Set("X-Amzn-ErrorType", kind)
	w.WriteHeader(status)
	fmt.Fprint(w, `{"Message":"no"}`)
}

// newStore is the real SDK, which puts the account id before the host name, in front of data.
func newStore(t *testing.T) edgestore.Store {
	return edgestore.Store{ARN: arn, Client: client(t, &data{values: map[string]string{}})}
}

func TestAPutIsReadAndMovesTheVersion(t *testing.T) {
	s, ctx := newStore(t), t.Context()
	version, err := s.Version(ctx)
	if err != nil {
		t.Fatal(err)
	}
	next, err := s.Put(ctx, version, map[string]string{"z.main": "{}", "n.main": "[]"})
	if err != nil || next == version {
		t.Fatalf("version %q after %q, error %v", next, version, err)
	}
	value, found, err := s.Get(ctx, "n.main")
	if value != "[]" || !found || err != nil {
		t.Errorf("got %q %v %v", value, found, err)
	}
	if now, _ := s.Version(ctx); now != next {
		t.Errorf("the store is at %q, Put said %q", now, next)
	}
}

func TestAnEmptyValueDeletesItsKey(t *testing.T) {
	s, ctx := newStore(t), t.Context()
	for _, value := range []string{"1", ""} {
		version, err := s.Version(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Put(ctx, version, map[string]string{"k": value, "other": "1"}); err != nil {
			t.Fatal(err)
		}
		if got, found, err := s.Get(ctx, "k"); got != value || found != (value != "") || err != nil {
			t.Errorf("%q was put: %q, found %v, %v", value, got, found, err)
		}
	}
	if _, found, err := s.Get(ctx, "other"); !found || err != nil {
		t.Errorf("the key beside it: found %v, %v", found, err)
	}
}

func TestAnOldVersionIsAConflict(t *testing.T) {
	s, ctx := newStore(t), t.Context()
	version, _ := s.Version(ctx)
	if _, err := s.Put(ctx, version, map[string]string{"k": "1"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(ctx, version, map[string]string{"k": "2"}); !errors.Is(err, relay.ErrConflict) {
		t.Errorf("error %v, want a conflict", err)
	}
}

func TestAMissingKeyIsNoError(t *testing.T) {
	if _, found, err := newStore(t).Get(t.Context(), "z.none"); found || err != nil {
		t.Errorf("found %v, error %v", found, err)
	}
}

func TestOtherFailuresAreErrors(t *testing.T) {
	s := newStore(t)
	s.ARN = "arn:aws:cloudfront::123456789012:key-value-store/other"
	if _, err := s.Version(t.Context()); err == nil || errors.Is(err, relay.ErrConflict) {
		t.Errorf("error %v", err)
	}
}
