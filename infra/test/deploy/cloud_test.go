package deploy_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"foyer/infra/bundle"
	"foyer/infra/local/child"
	"foyer/infra/topology"
	"foyer/internal/testkit/skip"
)

const account = "123456789012"

// cloud is a running emulator and a folder with the app ready to be deployed to it.
type cloud struct {
	endpoint string
	dir      string
}

// start runs the emulator for as long as the test does, and builds the app for this machine.
func start(t *testing.T) *cloud {
	t.Helper()
	skip.Need(t, "node", "apt-get install nodejs")
	skip.Need(t, "cdk", "npm install -g aws-cdk@2.1148.1")
	skip.Need(t, "ministack", "pip install ministack==1.5.33 cryptography")
	c := &cloud{dir: t.TempDir()}
	c.build(t)
	port, err := child.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	c.endpoint = fmt.Sprintf("http://127.0.0.1:%d", port)
	cmd := exec.Command("ministack")
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "AWS_ENDPOINT_URL="+c.endpoint, "BIND_HOST=127.0.0.1",
		"GATEWAY_PORT="+strconv.Itoa(port),
		"MINISTACK_ACCOUNT_ID="+account, "IOT_MTLS_ENABLED=0", "SFTP_ENABLED=0", "LAMBDA_EXECUTOR=local")
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // its functions' processes too
		cmd.Wait()
		if t.Failed() {
			t.Logf("ministack says:\n%s", tail(log.String(), 4000))
		}
	})
	c.ready(t)
	return c
}

// build makes the app's binary, and the functions for this machine's processor: the emulator runs them here.
func (c *cloud) build(t *testing.T) {
	t.Helper()
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range topology.Functions {
		file := filepath.Join(c.dir, ".build", "lambda", f.Name, "bootstrap")
		if err := bundle.Function(root, f.Name, file, "amd64"); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "build", "-o", filepath.Join(c.dir, "infra"), "./infra")
	cmd.Dir = root
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building the app: %v\n%s", err, text)
	}
}

func (c *cloud) ready(t *testing.T) {
	t.Helper()
	for range 100 {
		if answer, err := http.Get(c.endpoint + "/_ministack/health"); err == nil {
			answer.Body.Close()
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
	t.Fatal("ministack did not start within 20 s")
}

// run executes a command against the emulator, for two minutes at most.
func (c *cloud) run(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = c.dir
	cmd.WaitDelay = time.Second
	cmd.Env = append(os.Environ(), append(env, "AWS_ENDPOINT_URL="+c.endpoint, "AWS_ACCESS_KEY_ID=test",
		"AWS_SECRET_ACCESS_KEY=test",
		"AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1", "CDK_DEFAULT_ACCOUNT="+account, "CI=true",
		"JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=20", "NODE_NO_WARNINGS=1")...)
	text, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, tail(string(text), 4000))
	}
	return string(text)
}

func tail(text string, n int) string { return text[max(0, len(text)-n):] }
