package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"foyer/infra/ctl/cli"
	"foyer/internal/store/memory/memsale"
)

// A zone is made closed, and opened when its sale begins. Here its tables are in memory.
func Example() {
	operator := &cli.App{
		Ctx: context.Background(), Out: os.Stdout, Err: io.Discard, Local: time.UTC,
		Now:   func() time.Time { return time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC) },
		Parts: &desk{cloud: memsale.New()},
	}
	for _, command := range []string{
		"zone create main --title Ferries --capacity 500 --rate 300",
		"zone open main",
		"zone show main",
	} {
		fmt.Println("$ foyerctl", command)
		if err := run(operator, strings.Fields(command)); err != nil {
			fmt.Println("foyerctl:", cli.Explain(err))
		}
	}
	// Output:
	// $ foyerctl zone create main --title Ferries --capacity 500 --rate 300
	// zone main is closed
	// $ foyerctl zone open main
	// zone main is open, version 2
	// $ foyerctl zone show main
	// zone             main
	// version          2
	// state            open
	// title            Ferries
	// opens            no time is set
	// policy           first-come
	// capacity         500
	// rate, a minute   300
	// window           30s
	// session          10m0s
	// renews           false
	// max visit        40m0s
	// pay for          15m0s
	// seats per buyer  1
	// seat factor      1.5
	// sale ended       false
	// queue shards     4
	// grant shards     1
	// probe            none
	// fail mode        closed
	// let through      false
	// waiting          not counted yet
	// inside           not counted yet
	// seats left       not counted yet
	// rate, measured   not counted yet
	// status of        never
}
