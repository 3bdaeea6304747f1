package dsql_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"foyer/internal/aws/dsql"
	"foyer/internal/testkit/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var cfg = aws.Config{
	Region:      "us-east-1",
	Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", "session"),
}

func TestATokenIsASignedRequestToConnect(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for user, action := range map[string]string{"admin": "DbConnectAdmin", "bookkeeper": "DbConnect"} {
		token, err := dsql.Token(t.Context(), cfg, "abc.dsql.eu-west-1.on.aws", user, now)
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse("https://" + token)
		if err != nil || u.Host != "abc.dsql.eu-west-1.on.aws" || u.Path != "/" {
			t.Fatalf("%s, %v", token, err)
		}
		q := u.Query()
		for name, want := range map[string]string{
			"Action": action, "X-Amz-Expires": "900", "X-Amz-Date": "20261121T120000Z", "X-Amz-Security-Token": "session",
			"X-Amz-Credential":    "AKIDEXAMPLE/20261121/eu-west-1/dsql/aws4_request",
			"X-Amz-SignedHeaders": "host", "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
		} {
			if q.Get(name) != want {
				t.Errorf("%s is %q, want %q", name, q.Get(name), want)
			}
		}
		if len(q.Get("X-Amz-Signature")) != 64 {
			t.Error("it isn't signed")
		}
	}
}

// Only a cluster's own name says in which Region it is.
func TestATokenIsForTheRegionOfTheCluster(t *testing.T) {
	for host, want := range map[string]string{
		"abc.dsql.eu-west-1.on.aws": "eu-west-1", "abc.rds.eu-west-1.on.aws": "us-east-1",
		"abc.dsql.eu-west-1.on.aws.example": "us-east-1", "localhost": "us-east-1",
	} {
		token, err := dsql.Token(t.Context(), cfg, host, "admin", time.Unix(1000, 0))
		if err != nil || !strings.Contains(token, "%2F"+want+"%2Fdsql%2F") {
			t.Errorf("%s: %s, %v", host, token, err)
		}
	}
}

func TestElsewhereThePasswordIsInTheURL(t *testing.T) {
	conn, err := dsql.Connector(cfg, pgtest.New(t), time.Now)(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if err := conn.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestErrorsTellNoPassword(t *testing.T) {
	for _, bad := range []string{"postgres://foyer:hush@127.0.0.1:9/x", "postgres://foyer:hush@%zz",
		strings.Replace(pgtest.New(t), "foyer:", "foyer:hush", 1)} {
		if _, err := dsql.Connector(cfg, bad, time.Now)(t.Context()); err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("%v", err)
		}
	}
}
