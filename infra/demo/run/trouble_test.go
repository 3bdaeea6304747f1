package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"foyer/infra/local"
	"foyer/internal/testkit/skip"
)

// TestTroubleIsOneLineThatSaysWhatToDo: whatever keeps it from starting, it ends at once with one line.
func TestTroubleIsOneLineThatSaysWhatToDo(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	taken, free := l.Addr().(*net.TCPAddr).Port, freePorts(t)
	for _, c := range []struct {
		why  string
		cmd  func(t *testing.T) *exec.Cmd
		says []string
	}{
		{"the front door's port is taken", func(t *testing.T) *exec.Cmd { return command(t, taken) },
			[]string{"is taken", "PORT="}},
		{"the demo home's port is taken", func(t *testing.T) *exec.Cmd { return command(t, taken-1) },
			[]string{fmt.Sprint(taken), "is taken", "PORT="}},
		{"no Java", func(t *testing.T) *exec.Cmd {
			return command(t, free, "PATH="+t.TempDir(), "JAVA_HOME=", "DYNAMODB_ENDPOINT=", "PREBUILT=1")
		}, []string{"Java is missing", "install Java 17"}},
		{"no Maven", func(t *testing.T) *exec.Cmd {
			return command(t, free, "PATH="+only(t, "java"), "JAVA_HOME=", "XDG_CACHE_HOME="+t.TempDir(),
				"DYNAMODB_ENDPOINT=", "PREBUILT=1")
		}, []string{"Maven is missing", "install Maven"}},
		{"no Go", func(t *testing.T) *exec.Cmd { return command(t, free, "PATH="+only(t, "java")) }, []string{"go", "PATH"}},
		{"no database where one should be", func(t *testing.T) *exec.Cmd {
			return command(t, free, "DYNAMODB_ENDPOINT=http://127.0.0.1:1", "PREBUILT=1")
		}, []string{"DYNAMODB_ENDPOINT", "unset"}},
		{"no address of a site", func(t *testing.T) *exec.Cmd { return command(t, free, "ORIGIN=localhost:3000") },
			[]string{"ORIGIN=localhost:3000", "http://"}},
		{"no such seat map", func(t *testing.T) *exec.Cmd { return command(t, free, "VENUE=stadium") },
			[]string{"VENUE=stadium", "hall-5000", "a file"}},
		{"a seat map with faults", func(t *testing.T) *exec.Cmd {
			file := filepath.Join(t.TempDir(), "hall.json")
			if err := os.WriteFile(file, []byte(`{"name":""}`), 0o600); err != nil {
				t.Fatal(err)
			}
			return command(t, free, "VENUE="+file)
		}, []string{"hall.json", "venue validate"}},
		{"no number for a crowd", func(t *testing.T) *exec.Cmd { return command(t, free, "CROWD=many") },
			[]string{"CROWD", "many"}},
		{"too large a crowd", func(t *testing.T) *exec.Cmd { return command(t, free, "CROWD=1000000") },
			[]string{"CROWD=1000000", "2000"}},
		{"a full disk for the cache", func(t *testing.T) *exec.Cmd {
			cache := t.TempDir()
			return full(t, cache, command(t, free, "XDG_CACHE_HOME="+cache, "GOCACHE="+goCache(t),
				"DYNAMODB_ENDPOINT=", "PREBUILT=1"))
		}, []string{"disk is full", "free"}},
		{"a full disk for what is built", func(t *testing.T) *exec.Cmd {
			cmd := command(t, free)
			folder := filepath.Join(cmd.Dir, local.Binaries)
			if err := os.MkdirAll(folder, 0o755); err != nil {
				t.Fatal(err)
			}
			return full(t, folder, cmd)
		}, []string{"disk is full", "free"}},
	} {
		t.Run(c.why, func(t *testing.T) {
			ends(t, c.cmd(t), c.says)
		})
	}
}

// ends runs the command to its end and looks at its last words.
func ends(t *testing.T, cmd *exec.Cmd, says []string) {
	t.Helper()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	hurry := time.AfterFunc(2*time.Minute, func() { cmd.Process.Kill() })
	err := cmd.Wait()
	if !hurry.Stop() {
		t.Fatalf("it didn't end:\n%s", out.String())
	}
	if err == nil {
		t.Errorf("it ended as if all were well:\n%s", out.String())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	last := lines[len(lines)-1]
	if !strings.HasPrefix(last, "run: ") || strings.Count(out.String(), "run: ") != 1 {
		t.Errorf("its last line is %q of\n%s", last, out.String())
	}
	for _, word := range says {
		if !strings.Contains(last, word) {
			t.Errorf("%q doesn't say %q", last, word)
		}
	}
}

// only is a folder for PATH with that one tool.
func only(t *testing.T, tool string) string {
	t.Helper()
	skip.Need(t, tool, "apt-get install openjdk-17-jre-headless")
	path, err := exec.LookPath(tool)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.Symlink(path, filepath.Join(folder, tool)); err != nil {
		t.Fatal(err)
	}
	return folder
}

func goCache(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// full lets the command find a disk with no room at that folder: a tiny one, in a mount namespace of its own.
func full(t *testing.T, folder string, cmd *exec.Cmd) *exec.Cmd {
	t.Helper()
	skip.Need(t, "mvn", "apt-get install maven")
	skip.Need(t, "unshare", "apt-get install util-linux")
	if os.Geteuid() != 0 || exec.Command("unshare", "-m", "mount", "-t", "tmpfs", "none", folder).Run() != nil {
		t.Skip("only root may mount a disk that is full: run as root")
	}
	inside := exec.Command("unshare", "-m", "sh", "-c", `mount -t tmpfs -o size=64k none "$0" && exec "$1"`,
		folder, cmd.Path)
	inside.Dir, inside.Env = cmd.Dir, cmd.Env
	return inside
}
