// Command run is what `make invoke-<case>` and `make sam-api` start: the functions as the template deploys them, on
// the SAM CLI, with DynamoDB Local and the local cloud's players around them. State is made for each run.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"foyer/infra/bundle"
	"foyer/infra/test/sam"
	"foyer/infra/topology"
)

type flags struct {
	Invoke invoke `cmd:"" help:"Give one event of events/ to its function and print the answer."`
	API    api    `cmd:"" name:"api" help:"Serve the HTTP routes."`
}

type invoke struct {
	Case string `arg:"" help:"File of events/ without its ending, such as register-http."`
}

type api struct {
	Port int `env:"PORT" default:"3000" help:"Port to listen on."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	command := kong.Parse(&flags{}, kong.Name("run"), kong.Description("Runs Foyer's functions on the SAM CLI."))
	command.BindTo(ctx, (*context.Context)(nil))
	if err := command.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "sam:", err)
		os.Exit(1)
	}
}

// bench is an app and the world around it.
type bench struct {
	root  string
	app   *sam.App
	world *sam.World
	env   string
}

func newBench(ctx context.Context) (b bench, err error) {
	if err := sam.Missing(ctx); err != nil {
		return b, err
	}
	if b.root, err = bundle.Root(); err != nil {
		return b, err
	}
	fmt.Fprintln(os.Stderr, "building the functions and the template; the first time takes minutes")
	if b.app, err = sam.Build(ctx, b.root, filepath.Join(b.root, ".build", "sam")); err != nil {
		return b, err
	}
	if b.world, err = sam.NewWorld(ctx, b.root); err != nil {
		return b, err
	}
	if b.env, err = b.world.EnvFile(b.app); err != nil {
		b.world.Close()
	}
	return b, err
}

// Run hands the event to its function.
func (i *invoke) Run(ctx context.Context) error {
	root, err := bundle.Root()
	if err != nil {
		return err
	}
	c, err := sam.ReadCase(filepath.Join(root, "events"), i.Case)
	if err != nil {
		return err
	}
	b, err := newBench(ctx)
	if err != nil {
		return err
	}
	defer b.world.Close()
	now := time.Now()
	run := func(ctx context.Context, c sam.Case) ([]byte, error) {
		return sam.Invoke(ctx, b.app, b.env, c.Function, c.At(now), os.Stderr)
	}
	if err := b.world.Prepare(ctx, c, now, run); err != nil {
		return err
	}
	b.world.Connections().Open(sam.ConnectionID)
	running, done := context.WithCancel(ctx)
	defer done()
	go b.world.Relieve(running, c)
	answer, err := run(ctx, c)
	if err != nil {
		return err
	}
	fmt.Println(string(answer))
	for _, message := range b.world.Connections().Said() {
		fmt.Fprintln(os.Stderr, "said over the socket:", message)
	}
	return nil
}

// Run serves the routes until it is interrupted.
func (a *api) Run(ctx context.Context) error {
	b, err := newBench(ctx)
	if err != nil {
		return err
	}
	defer b.world.Close()
	// Any case's zone will do.
	if err := b.world.Prepare(ctx, sam.Case{}, time.Now(), nil); err != nil {
		return err
	}
	server, err := sam.StartAPI(ctx, b.app, b.env, a.Port, os.Stderr)
	if err != nil {
		return err
	}
	defer server.Stop()
	fmt.Printf("\n  curl -X POST %s/foyer/zones/%s/register -H '%s: %s'\n\n", server.URL, topology.DefaultZone,
		topology.HeaderFrontDoor, sam.DoorSecret)
	select {
	case <-ctx.Done():
		return nil
	case <-server.Done():
		return errors.New("SAM has ended")
	}
}
