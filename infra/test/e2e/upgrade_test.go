package e2e

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"foyer/infra/bundle"
	"foyer/infra/demo/crowd"
	"foyer/infra/local"
	"foyer/infra/topology"
	"foyer/internal/room/zone"
	"foyer/internal/sale/order"
	"foyer/internal/testkit/audittest"
)

// TestAnUpgradeInMidSaleLosesNobody sells a theatre while half of the functions change over between this build and the
// one before, to and fro: the last release, or the commit that testdata/baseline names while there is none. Whatever
// one of them wrote the other reads: nobody loses a place, no seat is sold twice, and the books agree.
func TestAnUpgradeInMidSaleLosesNobody(t *testing.T) {
	nightly(t)
	c := up(t)
	root, err := bundle.Root()
	if err != nil {
		t.Fatal(err)
	}
	folders := [2]string{filepath.Join(root, local.Binaries), baseline(t, root)}
	h := newHall(t, func(s *zone.Settings) {
		s.Capacity, s.Rate, s.Window, s.Session = 150, 1800, 20*time.Second, 40*time.Second
		s.SeatsPerBuyer, s.SeatFactor, s.PayFor = perBuyer, 5, 30*time.Second
	})
	h.sells("theatre-300")
	house := h.audited()
	stop := changesOver(t, c, folders)
	defer stop()
	people := sends(t, h, 5)
	const all = 250
	starts(t, people, crowd.Plan{
		Visitors: all, PerSecond: 10, HTTPOnly: 0.2, Apps: 0.2, Stay: 3 * time.Second,
		Buy: crowd.Buy{Share: 1, Seats: perBuyer, DropOut: 0.05, Decline: 0.1, Trouble: 0.2, Sharing: 0.1},
	})
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the crowd: %+v", people.Stats())
		}
	})
	until(t, 8*time.Minute, "everybody to have come and gone", func() bool { return !people.Stats().Running })
	rounds := stop()
	t.Logf("%d changes: %+v", rounds, people.Stats())
	house.settles()
	if s := people.Stats(); s.Failed > all/100 || s.Entered < all-s.Failed || s.Sales.Paid < all/3 || rounds < 10 {
		t.Errorf("%d changes", rounds)
	}
	audittest.Agree(t, house, house.name, time.Now())
	for _, o := range house.orders() {
		house.checkMoney(o)
	}
	checkLog(t, h)
}

// settles waits until every order has come to its end, and every seat sold is in the ledger.
func (h *house) settles() {
	h.t.Helper()
	until(h.t, 3*time.Minute, "every order and job to be done", func() bool {
		cloud.Lambda.InvokeAsync("sweep", scheduled)
		time.Sleep(time.Second)
		left := 0
		for _, q := range topology.Queues {
			left += cloud.Queues.Redrive(q.Name) + cloud.Queues.Depth(q.Name)
		}
		rows, err := h.Entries(h.t.Context(), h.name)
		if err != nil {
			h.t.Fatal(err)
		}
		return left == 0 && len(rows) >= len(h.owners()) && !slices.ContainsFunc(h.orders(), order.Order.Open)
	})
}

// baseline builds the functions of the last release, or of the commit that stands for one, and returns their folder.
func baseline(t *testing.T, root string) string {
	t.Helper()
	git := func(args ...string) (string, error) {
		out, err := exec.CommandContext(t.Context(), "git", append([]string{"-C", root}, args...)...).Output()
		return strings.TrimSpace(string(out)), err
	}
	commit, err := git("describe", "--tags", "--abbrev=0", "--match", "v*")
	if err != nil {
		text, err := os.ReadFile("testdata/baseline")
		if err != nil {
			t.Fatal(err)
		}
		commit = strings.TrimSpace(string(text))
	}
	if _, err := git("cat-file", "-e", commit+"^{commit}"); err != nil {
		t.Skipf("this copy's history has no %s: git fetch --unshallow --tags", commit)
	}
	// A copy, and no work tree of the repository: that would have to be taken away again, and stays after a Ctrl-C.
	source, out := t.TempDir(), t.TempDir()
	archive := filepath.Join(out, "source.tar")
	if _, err := git("archive", "-o", archive, commit); err != nil {
		t.Fatal(err)
	}
	if text, err := exec.CommandContext(t.Context(), "tar", "-xf", archive, "-C", source).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	for _, f := range topology.Functions {
		name := filepath.Join("functions", f.Name)
		if _, err := os.Stat(filepath.Join(source, name)); errors.Is(err, fs.ErrNotExist) {
			t.Logf("%s has no function %s: this build's runs all the time", commit, f.Name)
			if err := os.Symlink(filepath.Join(root, local.Binaries, f.Name), filepath.Join(out, f.Name)); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := bundle.Build(t.Context(), source, name, filepath.Join(out, f.Name, "bootstrap")); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("the build before is of %s", commit)
	return out
}

// changesOver deploys another half of the functions every three seconds, of either folder in turn, until stop is
// called, which deploys the first folder whole. The runs that go on for minutes are started anew, so that both builds
// lead.
func changesOver(t *testing.T, c *local.Cloud, folders [2]string) (stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan int, 1)
	deploy := func(of func(i int) string) {
		for i, f := range topology.Functions {
			if err := c.Lambda.Deploy(f.Name, of(i)); err != nil {
				t.Error(err)
			}
			if runs[f.Name] {
				c.Lambda.InvokeAsync(f.Name, scheduled)
			}
		}
	}
	go func() {
		rounds := 0
		defer func() { done <- rounds }()
		for ctx.Err() == nil {
			deploy(func(i int) string { return folders[(i>>(rounds%4)+rounds/4)%2] })
			rounds++
			select {
			case <-ctx.Done():
			case <-time.After(3 * time.Second):
			}
		}
	}()
	var rounds int
	return func() int {
		if ctx.Err() == nil {
			cancel()
			rounds = <-done
			deploy(func(int) string { return folders[0] })
		}
		return rounds
	}
}
