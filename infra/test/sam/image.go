package sam

import (
	"archive/tar"
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// Image is the name under which SAM looks for the functions' runtime.
var Image = "public.ecr.aws/lambda/provided:al2023-" + architectures[runtime.GOARCH]

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

// EnsureImage makes a stand-in for Lambda's image of the provided.al2023 runtime, unless Docker has the image: static
// binaries need nothing of Amazon Linux, and so no registry of images has to be reached. It needs a static busybox.
func EnsureImage(ctx context.Context) error {
	if exec.CommandContext(ctx, "docker", "image", "inspect", Image).Run() == nil {
		return nil
	}
	files, err := imageFiles()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "docker", "import", "--change",
		"ENV LAMBDA_TASK_ROOT=/var/task LAMBDA_RUNTIME_DIR=/var/runtime",
		"--change", `ENTRYPOINT ["/lambda-entrypoint.sh"]`, "--change", "WORKDIR /var/task", "-", Image)
	cmd.Stdin = files
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("samtest: docker import: %w: %s", err, text)
	}
	return nil
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
