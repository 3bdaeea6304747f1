package pg

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"foyer/infra/local/maven"
	"foyer/internal/testkit/skip"
)

func begin(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

func TestItRunsAsSomebodyWithoutRightsAndLeavesNothing(t *testing.T) {
	t.Setenv(URLEnv, "")
	s := begin(t, Options{Progress: os.Stderr})
	conn, err := pgx.Connect(t.Context(), s.URL)
	if err != nil {
		t.Fatal(err)
	}
	var version string
	if err := conn.QueryRow(t.Context(), "show server_version").Scan(&version); err != nil ||
		!strings.HasPrefix(version, "16.") {
		t.Errorf("version %q, %v", version, err)
	}
	var stat syscall.Stat_t
	if err := syscall.Stat(fmt.Sprintf("/proc/%d", s.process.PID()), &stat); err != nil || stat.Uid == 0 {
		t.Errorf("it runs as user %d, %v", stat.Uid, err)
	}
	begun := time.Now()
	s.Stop() // though a client is there
	if time.Since(begun) > 20*time.Second {
		t.Errorf("stopping took %v", time.Since(begun))
	}
	if _, err := os.Stat(s.home.folder); !os.IsNotExist(err) {
		t.Errorf("its data is still there: %v", err)
	}
	s.Stop()
}

func TestItIsFetchedWhole(t *testing.T) {
	if testing.Short() {
		t.Skip("fetches 15 MB: run without -short")
	}
	if _, err := maven.Find(t.Context()); err != nil {
		skip.Because(t, "%v", err)
	}
	t.Setenv(URLEnv, "")
	cache, err := os.MkdirTemp("/var/tmp", "foyer-pg-cache-") // t.TempDir isn't for other users
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(cache) })
	if err := os.Chmod(cache, 0o755); err != nil {
		t.Fatal(err)
	}
	begin(t, Options{CacheDir: cache, Progress: os.Stderr})
	if left, _ := filepath.Glob(filepath.Join(cache, "fetch-*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAWrongPasswordIsRefused(t *testing.T) {
	t.Setenv(URLEnv, "")
	s := begin(t, Options{})
	if err := answers(t.Context(), strings.Replace(s.URL, role+":", role+":x", 1)); err == nil ||
		strings.Contains(err.Error(), "postgres://") {
		t.Errorf("answered %v", err)
	}
}

func TestADatabaseThatRunsIsUsed(t *testing.T) {
	t.Setenv(URLEnv, "")
	s := begin(t, Options{})
	t.Setenv(URLEnv, s.URL)
	other := begin(t, Options{})
	if other.URL != s.URL {
		t.Error("another one was started")
	}
	other.Stop()
	if err := answers(t.Context(), s.URL); err != nil {
		t.Error("somebody else's database was stopped")
	}
	t.Setenv(URLEnv, "postgres://foyer:hush@127.0.0.1:9/postgres")
	if _, err := Start(t.Context(), Options{}); err == nil || !strings.Contains(err.Error(), URLEnv) ||
		strings.Contains(err.Error(), "hush") {
		t.Errorf("nothing there: %v", err)
	}
}

// The test's binary, started again with this set, starts a server, prints its process and waits to be killed.
const dies = "FOYER_PG_TEST_DIES"

func TestMain(m *testing.M) {
	if os.Getenv(dies) == "" {
		os.Exit(m.Run())
	}
	s, err := Start(context.Background(), Options{})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Printf("%d %s\n", s.process.PID(), s.home.folder)
	select {}
}

func TestItDiesWithItsParentAndIsSweptAfter(t *testing.T) {
	t.Setenv(URLEnv, "")
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), dies+"=1")
	out, err := parent.StdoutPipe()
	if err == nil {
		err = parent.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	var pid int
	var folder string
	if _, err := fmt.Fscan(out, &pid, &folder); err != nil {
		t.Fatal(err)
	}
	parent.Process.Kill()
	parent.Wait()
	for end := time.Now().Add(time.Minute); alive(pid); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it outlived its parent")
		}
	}
	sweep()
	if _, err := os.Stat(folder); !os.IsNotExist(err) {
		t.Error("its data is still there")
	}
}

// alive is false for a process that has ended, waited for or not.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !bytes.Contains(stat, []byte(") Z "))
}
