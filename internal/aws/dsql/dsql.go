// Package dsql connects to PostgreSQL, and to Aurora DSQL, which takes a signed token for a password.
//
// It must never let a URL or a token into an error.
package dsql

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/jackc/pgx/v5"
)

// tokenLife is how long a token serves for connecting, in seconds. A connection outlives its token.
const tokenLife = "900"

// suffix ends the host names of DSQL clusters.
const suffix = ".on.aws"

// Connector makes connections to the database at url: postgres://user@host/database. At a DSQL cluster the password
// is a token for the AWS identity of cfg, made anew for each connection; elsewhere it is in the url.
func Connector(cfg aws.Config, url string, now func() time.Time) func(ctx context.Context) (*pgx.Conn, error) {
	return func(ctx context.Context) (*pgx.Conn, error) {
		c, err := pgx.ParseConfig(url)
		if err != nil {
			return nil, errors.New("dsql: the database's URL can't be read")
		}
		if strings.HasSuffix(c.Host, suffix) {
			if c.Password, err = Token(ctx, cfg, c.Host, c.User, now()); err != nil {
				return nil, err
			}
		}
		conn, err := pgx.ConnectConfig(ctx, c)
		if err != nil {
			return nil, errors.New("dsql: the database does not let us in: " + reason(err))
		}
		return conn, nil
	}
}

// reason returns what went wrong, without the address and the user that pgx names.
func reason(err error) string {
	text := err.Error()
	return text[strings.LastIndex(text, ": ")+1:]
}

// Token is a password for DSQL: a request to connect, signed as a query and never sent. The user admin needs the
// permission dsql:DbConnectAdmin, any other dsql:DbConnect.
func Token(ctx context.Context, cfg aws.Config, host, user string, now time.Time) (string, error) {
	action := "DbConnect"
	if user == "admin" {
		action = "DbConnectAdmin"
	}
	keys, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return "", err
	}
	query := url.Values{"Action": {action}, "X-Amz-Expires": {tokenLife}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+host+"/?"+query.Encode(), nil)
	if err != nil {
		return "", errors.New("dsql: the database's host name can't be used")
	}
	nothing, in := sha256.Sum256(nil), region(host, cfg.Region)
	signed, _, err := v4.NewSigner().PresignHTTP(ctx, keys, request, hex.EncodeToString(nothing[:]), "dsql", in, now)
	return strings.TrimPrefix(signed, "https://"), err
}

// region returns the Region in a cluster's host name: <id>.dsql.<region>.on.aws.
func region(host, otherwise string) string {
	if parts := strings.Split(host, "."); len(parts) == 5 && parts[1] == "dsql" {
		return parts[2]
	}
	return otherwise
}
