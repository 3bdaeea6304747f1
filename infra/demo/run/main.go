// Command run is what `make run` starts: the whole of Foyer on this machine, a zone to try it on, and the demo home.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"foyer/infra/demo/home"
	"foyer/infra/local"
	"foyer/infra/local/ddb"
	"foyer/infra/local/lambda"
	"foyer/infra/local/stripe"
)

type flags struct {
	Port     int    `env:"PORT" default:"8080" help:"Port of the front door; the demo home is at the next one."`
	Listen   string `env:"LISTEN" default:"127.0.0.1" help:"Address for https, at PORT+2; 0.0.0.0: for your network."`
	Origin   string `env:"ORIGIN" help:"Your own site to queue for: http://localhost:3000. Default: the event's page."`
	Venue    string `env:"VENUE" help:"Seat map: hall-5000 (default), theatre-300, arena-50000, a file; none with ORIGIN."`
	Capacity int    `env:"CAPACITY" default:"150" help:"How many may be inside at once."`
	Rate     int    `env:"RATE" default:"240" help:"How many may enter a minute."`
	Crowd    int    `env:"CROWD" default:"120" help:"How many simulated people to keep in line; 0: nobody but you."`
	Prebuilt bool   `env:"PREBUILT" help:"Take the functions' binaries in .build/local as they are."`
	Logs     string `env:"LOGS" default:".build/local/functions.log" help:"File that gets what the functions print."`
}

func main() {
	var f flags
	kong.Parse(&f, kong.Name("run"), kong.Description("Runs the whole of Foyer on this machine."))
	if err := run(f); err != nil {
		fmt.Fprintln(os.Stderr, "run:", err)
		os.Exit(1)
	}
}

func run(f flags) error {
	if f.Crowd < 0 || f.Crowd > home.MaxUsual {
		return fmt.Errorf("CROWD=%d: give 0 to %d people", f.Crowd, home.MaxUsual)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	logs, err := openLogs(f.Logs)
	if err != nil {
		return err
	}
	defer logs.Close()
	home, err := local.Listen(f.Port + 1)
	if err != nil {
		return err
	}
	defer home.Close()
	if err := sellable(f); err != nil {
		return err
	}
	begin, pay := time.Now(), &provider{}
	cloud, err := local.Up(ctx, local.Options{
		Port: f.Port, Secure: net.JoinHostPort(f.Listen, strconv.Itoa(f.Port+2)), Origin: f.Origin,
		Prebuilt: f.Prebuilt, Prefix: prefix(begin), Progress: os.Stderr,
		Lambda: lambda.Options{Logs: logs}, Provider: stripe.Options{Trouble: pay.trouble},
	})
	if ctx.Err() != nil {
		return errors.New("ended before it was up")
	}
	if err != nil {
		return err
	}
	defer cloud.Down()
	finish, err := start(ctx, cloud, home, f, pay)
	if err != nil {
		return err
	}
	defer finish()
	fmt.Fprintf(os.Stderr, "up after %.1f s; front door %s, functions' log %s; Ctrl-C ends it\n",
		time.Since(begin).Seconds(), cloud.URL, f.Logs)
	forOthers(cloud)
	if err := forOperators(cloud); err != nil {
		return err
	}
	fmt.Printf("\n  http://localhost:%d\n\n", f.Port+1)
	select {
	case <-ctx.Done():
	case <-cloud.Lost():
		return errors.New("the database has ended: start again")
	}
	stop() // a second Ctrl-C ends this process at once, and the kernel the others
	fmt.Fprintln(os.Stderr, "ending")
	return nil
}

// prefix keeps the tables of this run apart in a database that outlives it: the keys of earlier tokens are gone.
func prefix(now time.Time) string {
	if os.Getenv(ddb.EndpointEnv) == "" {
		return ""
	}
	return fmt.Sprintf("run-%d-", now.Unix())
}

// forOthers says where browsers go that want https, and what has to be accepted there.
func forOthers(cloud *local.Cloud) {
	if len(cloud.Secure) == 0 {
		fmt.Fprintln(os.Stderr, "https: no address of this machine fits LISTEN")
		return
	}
	fmt.Fprintf(os.Stderr, "Safari, which keeps no cookies of http://localhost: %s; accept the certificate, "+
		"which this machine made for itself\n", strings.Join(cloud.Secure, " or "))
	if strings.HasPrefix(cloud.Secure[0], "https://localhost:") {
		fmt.Fprintln(os.Stderr, "phones in your network: LISTEN=0.0.0.0 make run, which prints the address to open there")
	}
}

// shellFile is what an operator's shell reads to have foyerctl work on this run.
const shellFile = ".build/local/env"

// forOperators writes the shell's file, which holds the way to the ledger's owner, and says how to use it.
func forOperators(cloud *local.Cloud) error {
	text, err := cloud.Operator()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(shellFile), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(shellFile, []byte(text), 0o600); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "for foyerctl: . %s\n", shellFile)
	return nil
}

func openLogs(name string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return nil, err
	}
	return os.Create(name)
}
