package kvs_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudfrontkeyvaluestore"
	"github.com/aws/aws-sdk-go-v2/service/cloudfrontkeyvaluestore/types"

	"foyer/infra/local/kvs"
)

const storeARN = "arn:aws:cloudfront::123456789012:key-value-store/a1b2c3d4-0000-0000-0000-000000000000"

// newClient is the real SDK's client, which finds the store as functions do: by a host name that doesn't exist,
// through a proxy.
func newClient(t *testing.T, store http.Handler) *cloudfrontkeyvaluestore.Client {
	t.Helper()
	server := httptest.NewServer(store)
	t.Cleanup(server.Close)
	proxy, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{Proxy: http.ProxyURL(proxy)}
	t.Cleanup(transport.CloseIdleConnections)
	return cloudfrontkeyvaluestore.New(cloudfrontkeyvaluestore.Options{
		Region: "us-east-1", BaseEndpoint: aws.String("http://kvs.foyer.test"), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		HTTPClient:  &http.Client{Transport: transport},
	})
}

func currentTag(t *testing.T, c *cloudfrontkeyvaluestore.Client) *string {
	t.Helper()
	out, err := c.DescribeKeyValueStore(
		context.Background(),
		&cloudfrontkeyvaluestore.DescribeKeyValueStoreInput{KvsARN: aws.String(storeARN)},
	)
	if err != nil {
		t.Fatal(err)
	}
	return out.ETag
}

func putKeys(
	c *cloudfrontkeyvaluestore.Client,
	tag *string,
	values map[string]string,
	deletes ...string,
) (*string, error) {
	in := &cloudfrontkeyvaluestore.UpdateKeysInput{KvsARN: aws.String(storeARN), IfMatch: tag}
	for key, value := range values {
		in.Puts = append(in.Puts, types.PutKeyRequestListItem{Key: aws.String(key), Value: aws.String(value)})
	}
	for _, key := range deletes {
		in.Deletes = append(in.Deletes, types.DeleteKeyRequestListItem{Key: aws.String(key)})
	}
	out, err := c.UpdateKeys(context.Background(), in)
	if err != nil {
		return nil, err
	}
	return out.ETag, nil
}

func TestStoreWithTheRealClient(t *testing.T) {
	ctx, store := context.Background(), kvs.New(storeARN)
	c, arn := newClient(t, store), aws.String(storeARN)
	key := aws.String("z.main")
	put, err := c.PutKey(
		ctx,
		&cloudfrontkeyvaluestore.PutKeyInput{KvsARN: arn, IfMatch: currentTag(t, c), Key: key, Value: aws.String("one")},
	)
	if err != nil || aws.ToInt32(put.ItemCount) != 1 || aws.ToInt64(put.TotalSizeInBytes) != 9 {
		t.Fatalf("put: %+v, %v", put, err)
	}
	got, err := c.GetKey(ctx, &cloudfrontkeyvaluestore.GetKeyInput{KvsARN: arn, Key: key})
	if err != nil || aws.ToString(got.Value) != "one" {
		t.Fatalf("get: %+v, %v", got, err)
	}
	if value, found := store.Get("z.main"); value != "one" || !found {
		t.Errorf("the edge reads %q", value)
	}
	tag, err := putKeys(c, put.ETag, map[string]string{"a/b ü%": "odd key", "z.main": "two"})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.GetKey(ctx, &cloudfrontkeyvaluestore.GetKeyInput{KvsARN: arn,
		Key: aws.String("a/b ü%")}); err != nil ||
		aws.ToString(got.Value) != "odd key" {
		t.Errorf("odd key: %v, %v", got, err)
	}
	deleted, err := c.DeleteKey(ctx, &cloudfrontkeyvaluestore.DeleteKeyInput{KvsARN: arn, IfMatch: tag, Key: key})
	if err != nil || aws.ToInt32(deleted.ItemCount) != 1 {
		t.Fatalf("delete: %+v, %v", deleted, err)
	}
	var missing *types.ResourceNotFoundException
	if _, err := c.GetKey(ctx, &cloudfrontkeyvaluestore.GetKeyInput{KvsARN: arn, Key: key}); !errors.As(err, &missing) {
		t.Errorf("get of what is gone: %v", err)
	}
	if _, err := c.DescribeKeyValueStore(ctx,
		&cloudfrontkeyvaluestore.DescribeKeyValueStoreInput{KvsARN: aws.String(storeARN + "x")}); !errors.As(
		err,
		&missing,
	) {
		t.Errorf("another store: %v", err)
	}
}

func TestStoreListsInPages(t *testing.T) {
	store := kvs.New(storeARN)
	for i := range 25 {
		if err := store.Put(fmt.Sprintf("key-%02d", i), "v"); err != nil {
			t.Fatal(err)
		}
	}
	pages := cloudfrontkeyvaluestore.NewListKeysPaginator(
		newClient(t, store),
		&cloudfrontkeyvaluestore.ListKeysInput{KvsARN: aws.String(storeARN)},
	)
	seen, calls := map[string]bool{}, 0
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		calls++
		for _, item := range page.Items {
			seen[aws.ToString(item.Key)] = true
		}
	}
	if len(seen) != 25 || calls != 3 {
		t.Errorf("%d keys in %d pages", len(seen), calls)
	}
}

func TestStoreLetsOneOfManyWritersWin(t *testing.T) {
	store := kvs.New(storeARN)
	c := newClient(t, store)
	tag := currentTag(t, c)
	var won, lost int
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range 10 {
		all.Go(func() {
			_, err := putKeys(c, tag, map[string]string{"z.main": fmt.Sprint(i)})
			mu.Lock()
			defer mu.Unlock()
			var conflict *types.ConflictException
			switch {
			case err == nil:
				won++
			case errors.As(err, &conflict):
				lost++
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if won != 1 || lost != 9 || store.Writes() != 1 {
		t.Errorf("%d won, %d lost, %d writes", won, lost, store.Writes())
	}
}

func TestStoreHoldsTheLimits(t *testing.T) {
	store := kvs.New(storeARN)
	c := newClient(t, store)
	many := map[string]string{}
	for i := range 51 {
		many[fmt.Sprint("k", i)] = "v"
	}
	for name, try := range map[string]func(tag *string) error{
		"51 keys": func(tag *string) error { _, err := putKeys(c, tag, many); return err },
		"a large value": func(tag *string) error {
			_, err := putKeys(c, tag, map[string]string{"k": strings.Repeat("v", 1025)})
			return err
		},
		"a long key": func(tag *string) error {
			_, err := putKeys(c, tag, map[string]string{strings.Repeat("k", 513): "v"})
			return err
		},
		"nothing to do": func(tag *string) error { _, err := putKeys(c, tag, nil); return err },
		"both put and gone": func(tag *string) error {
			_,
				err := putKeys(c, tag, map[string]string{"k": "v"}, "k")
			return err
		},
	} {
		var invalid *types.ValidationException
		if err := try(currentTag(t, c)); !errors.As(err, &invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := putKeys(c, currentTag(t, c), map[string]string{strings.Repeat("k", 512): strings.Repeat("v",
		1024)}); err != nil {
		t.Errorf("the largest pair: %v", err)
	}
	if store.Writes() != 1 {
		t.Errorf("%d writes landed, want the one that was allowed", store.Writes())
	}
}

func TestStoreShowsAtTheEdgeAfterItsDelay(t *testing.T) {
	at := time.Unix(1000, 0)
	store := kvs.New(storeARN)
	store.Delay, store.Now = 3*time.Second, func() time.Time { return at }
	for _, step := range []struct {
		after time.Duration
		write string
		want  string
	}{
		{0, "one", ""}, {2999 * time.Millisecond, "two", ""}, {time.Millisecond, "", "one"}, {2999 * time.Millisecond, "",
			"two"}, {time.Hour, "", "two"},
	} {
		at = at.Add(step.after)
		if step.write != "" {
			if err := store.Put("k", step.write); err != nil {
				t.Fatal(err)
			}
		}
		if got, _ := store.Get("k"); got != step.want {
			t.Errorf("at %v: the edge reads %q, want %q", at.Sub(time.Unix(1000, 0)), got, step.want)
		}
	}
}
