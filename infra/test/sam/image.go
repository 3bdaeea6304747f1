package sam

import (
	"archive/tar"
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// awsImage is AWS's own image of the functions' runtime, which SAM takes unless it is told another.
var awsImage = "public.ecr.aws/lambda/provided:al2023-" + architectures[runtime.GOARCH]

// standIn is the name of our image in its place, where AWS's can't be had. It is never given AWS's name, which would
// have other programs of this machine run their functions in it.
var standIn = "foyer-lambda-stand-in:al2023-" + architectures[runtime.GOARCH]

// entrypoint starts the function as the real image does: behind the emulator that SAM adds, unless a runtime API is
// there already.
const entrypoint = `#!/bin/sh
if [ -z "$AWS_LAMBDA_RUNTIME_API" ]; then
	exec /var/rapid/aws-lambda-rie "$@"
fi
exec /var/runtime/bootstrap "$@"
`

// applets are busybox's commands in the image: what SAM's Dockerfile and the entry point call.
var applets = []string{"sh", "cat", "chmod", "cp", "env", "id", "ls", "mkdir", "mv", "rm", "sleep"}

// docker runs Docker's command and returns what it prints.
type docker func(ctx context.Context, in io.Reader, args ...string) (string, error)

func dockerCommand(ctx context.Context, in io.Reader, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "docker", args...)
	cmd.Stdin = in
	text, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("samtest: docker %s: %w: %s", args[0], err, text)
	}
	return string(text), err
}

// pullWithin bounds how long AWS's image is waited for: it has some 60 MB.
const pullWithin = 3 * time.Minute

// image returns the image that functions run in; empty is AWS's own, which SAM knows. That is taken where Docker has
// it, or can pull it. An image of that name without a registry's digest wasn't pulled, so it is somebody's own.
// Otherwise it is our stand-in: static binaries need nothing of Amazon Linux. It needs a static busybox.
func (run docker) image(ctx context.Context) (string, error) {
	own, err := run(ctx, nil, "image", "inspect", "--format", "{{len .RepoDigests}}", awsImage)
	if err == nil && strings.TrimSpace(own) != "0" {
		return "", nil
	}
	within, done := context.WithTimeout(ctx, pullWithin)
	defer done()
	if _, err := run(within, nil, "pull", "--quiet", awsImage); err == nil {
		return "", nil
	}
	if _, err := run(ctx, nil, "image", "inspect", standIn); err == nil {
		return standIn, nil
	}
	files, err := imageFiles()
	if err != nil {
		return "", err
	}
	_, err = run(ctx, files, "import", "--change", "ENV LAMBDA_TASK_ROOT=/var/task LAMBDA_RUNTIME_DIR=/var/runtime",
		"--change", `ENTRYPOINT ["/lambda-entrypoint.sh"]`, "--change", "WORKDIR /var/task", "-", standIn)
	return standIn, err
}

// imageFiles is the image's file system as a tar.
func imageFiles() (*bytes.Buffer, error) {
	shell, err := busybox()
	if err != nil {
		return nil, err
	}
	out := &bytes.Buffer{}
	w := tar.NewWriter(out)
	var errs []error
	add := func(h tar.Header, content []byte) {
		h.Size = int64(len(content))
		errs = append(errs, w.WriteHeader(&h))
		_, err := w.Write(content)
		errs = append(errs, err)
	}
	for _, dir := range []string{"bin", "etc", "opt", "var", "var/task", "var/runtime", "var/rapid"} {
		add(tar.Header{Typeflag: tar.TypeDir, Name: dir, Mode: 0o755}, nil)
	}
	add(tar.Header{Typeflag: tar.TypeDir, Name: "tmp", Mode: 0o1777}, nil)
	add(tar.Header{Name: "bin/busybox", Mode: 0o755}, shell)
	for _, name := range applets {
		add(tar.Header{Typeflag: tar.TypeSymlink, Name: "bin/" + name, Linkname: "busybox", Mode: 0o777}, nil)
	}
	add(tar.Header{Name: "etc/passwd", Mode: 0o644},
		[]byte("root:x:0:0:root:/root:/bin/sh\nsbx_user1051:x:993:990::/home/sbx_user1051:/bin/sh\n"))
	add(tar.Header{Name: "etc/nsswitch.conf", Mode: 0o644}, []byte("hosts: files dns\n"))
	add(tar.Header{Name: "lambda-entrypoint.sh", Mode: 0o755}, []byte(entrypoint))
	return out, errors.Join(append(errs, w.Close())...)
}

// busybox is the machine's static busybox.
func busybox() ([]byte, error) {
	const remedy = "apt-get install busybox-static"
	path, err := exec.LookPath("busybox")
	if err != nil {
		return nil, fmt.Errorf("samtest: busybox is missing: %s", remedy)
	}
	program, err := elf.Open(path)
	if err != nil {
		return nil, fmt.Errorf("samtest: %s: %w", path, err)
	}
	defer program.Close()
	if libraries, _ := program.ImportedLibraries(); len(libraries) > 0 {
		return nil, fmt.Errorf("samtest: %s isn't static, it needs %s: %s", path, strings.Join(libraries, ", "), remedy)
	}
	return os.ReadFile(path)
}
