// Package pg starts PostgreSQL, the real database on one machine, for the local cloud and for tests. It stands for
// Aurora DSQL, but doesn't play its limits: the ledger's own tests hold to those.
//
// The package ends the process that it starts, waits for it and removes its data; the process does not outlive its
// parent. The program itself is fetched once. PostgreSQL refuses to run as root: started by root, it runs as a user
// without rights.
package pg

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"foyer/infra/local/child"
)

// URLEnv names the environment variable with the URL of a PostgreSQL that runs already, and in which the user may
// create databases.
const URLEnv = "FOYER_POSTGRES_URL"

const (
	role          = "foyer"
	startAttempts = 3 // a free port may be taken before the database has it
	readyWithin   = 30 * time.Second
	stopWithin    = 5 * time.Second
)

// Options says how to start. The zero Options: the usual cache, data that vanishes, no progress lines.
type Options struct {
	CacheDir string    // where the program is kept; empty: postgres-<Version> in a cache folder that every user may read
	Progress io.Writer // gets a line now and then while the program is fetched; nil: none
}

// Server is a running PostgreSQL.
type Server struct {
	URL string // with user and password, of the database postgres

	process *child.Process // nil: it ran already
	home    *home
}

// Start starts PostgreSQL, fetching it first where that was never done, and returns when it answers. Where
// FOYER_POSTGRES_URL is set, the database there is used. ctx bounds the start, not the life. Errors are one line and
// say what to do.
func Start(ctx context.Context, o Options) (*Server, error) {
	if url := os.Getenv(URLEnv); url != "" {
		if err := answers(ctx, url); err != nil {
			return nil, fmt.Errorf("no PostgreSQL answers at %s: start one there or unset the variable (%w)", URLEnv, err)
		}
		return &Server{URL: url}, nil
	}
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	who, err := runAs()
	if err != nil {
		return nil, err
	}
	program, err := o.program(who)
	if err != nil {
		return nil, err
	}
	if err := program.Fetch(ctx); err != nil {
		return nil, fmt.Errorf("%w; or set %s to a PostgreSQL that runs already", err, URLEnv)
	}
	for attempt := 1; ; attempt++ {
		s, err := launch(ctx, program.Folder, who)
		if err == nil || ctx.Err() != nil || attempt == startAttempts {
			return s, err
		}
	}
}

// launch makes a fresh folder of data, runs the program on it and waits until it answers.
func launch(ctx context.Context, program string, who *identity) (_ *Server, err error) {
	at, err := newHome(who)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			at.remove()
		}
	}()
	password := rand.Text()
	if err := initialise(ctx, program, at, password); err != nil {
		return nil, err
	}
	port, err := child.FreePort()
	if err != nil {
		return nil, err
	}
	s := &Server{
		URL:  fmt.Sprintf("postgres://%s:%s@127.0.0.1:%d/postgres?sslmode=disable", role, password, port),
		home: at,
	}
	s.process, err = child.Start(at.command(filepath.Join(program, "bin", "postgres"),
		"-D", at.data(), "-p", strconv.Itoa(port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "full_page_writes=off",
		"-c", "shared_buffers=32MB", "-c", "max_connections=100", "-c", "default_transaction_isolation=repeatable read"))
	if err != nil {
		return nil, fmt.Errorf("can't start PostgreSQL: %w", err)
	}
	answers := func(ctx context.Context) error { return answers(ctx, s.URL) }
	if err := s.process.Ready(ctx, readyWithin, answers); err != nil {
		s.Stop()
		return nil, fmt.Errorf("PostgreSQL %w", err)
	}
	return s, nil
}

// initialise writes the folder of data. It has passwords asked for even on this machine: others may use it too.
func initialise(ctx context.Context, program string, at *home, password string) error {
	file := filepath.Join(at.folder, "password")
	if err := at.write(file, password); err != nil {
		return err
	}
	defer os.Remove(file)
	err := child.Run(ctx, at.command(filepath.Join(program, "bin", "initdb"), "-D", at.data(), "-U", role,
		"-A", "scram-sha-256", "--pwfile="+file, "--locale=C", "--encoding=UTF8", "--no-sync"))
	if err != nil {
		return fmt.Errorf("PostgreSQL can't make its folder of data: %w", err)
	}
	return nil
}

// Stop ends the process that Start started, waits for its end and removes its data. It may be called again; for a
// database that ran already it does nothing.
func (s *Server) Stop() {
	if s.process == nil {
		return
	}
	s.process.Stop(syscall.SIGINT, stopWithin) // SIGTERM would wait for every client to leave
	s.home.remove()
}

// answers returns nil if a PostgreSQL lets us in at url.
func answers(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return errors.New("it does not let us in") // the cause holds the URL, and so the password
	}
	return conn.Close(ctx)
}
