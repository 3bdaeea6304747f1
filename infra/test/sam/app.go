package sam

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/errgroup"

	"foyer/infra/bundle"
	"foyer/infra/topology"
)

// App is the deployment, synthesized and made to run under SAM on this machine.
type App struct {
	Dir       string            // everything lies below it
	Template  string            // the file that SAM reads
	Functions map[string]string // logical ids by name
	Image     string            // that functions run in; empty: AWS's own
}

// runs returns the arguments that say what SAM runs, and in what.
func (a *App) runs(env string) []string {
	args := []string{"--template", a.Template, "--env-vars", env, "--skip-pull-image"}
	if a.Image != "" {
		args = append(args, "--invoke-image", a.Image)
	}
	return args
}

// stackFile is the template of the app's default stage.
const stackFile = "foyer-staging.template.json"

// Build builds the functions of the module at root for this machine, synthesizes the app around them and localizes
// its template, all in dir, and finds their image. Compiling the CDK app takes minutes the first time.
func Build(ctx context.Context, root, dir string) (*App, error) {
	image, err := docker(dockerCommand).image(ctx)
	if err != nil {
		return nil, err
	}
	group, building := errgroup.WithContext(ctx)
	group.SetLimit(2)
	infra := filepath.Join(dir, "infra")
	group.Go(func() error { return command(building, root, nil, "go", "build", "-o", infra, "./infra") })
	for _, f := range topology.Functions {
		group.Go(func() error {
			return bundle.Function(root, f.Name, filepath.Join(dir, ".build", "lambda", f.Name, "bootstrap"), runtime.GOARCH)
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	out := filepath.Join(dir, "cdk.out")
	if err := os.RemoveAll(out); err != nil {
		return nil, err
	}
	env := []string{
		"CDK_OUTDIR=cdk.out", `CDK_CONTEXT_JSON={"prebuilt":"on"}`,
		"JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=20", "NODE_NO_WARNINGS=1",
	}
	if err := command(ctx, dir, env, infra); err != nil {
		return nil, err
	}
	app, err := localizeFile(dir, out)
	if err == nil {
		app.Image = image
	}
	return app, err
}

// localizeFile writes the template that SAM reads beside the one that was synthesized.
func localizeFile(dir, out string) (*App, error) {
	text, err := os.ReadFile(filepath.Join(out, stackFile))
	if err != nil {
		return nil, err
	}
	t, err := ParseTemplate(text)
	if err != nil {
		return nil, err
	}
	if err := t.Localize(out); err != nil {
		return nil, err
	}
	app := &App{Dir: dir, Template: filepath.Join(out, "sam.template.json"), Functions: map[string]string{}}
	for _, f := range topology.Functions {
		app.Functions[f.Name], _ = t.Function(f.Name) // Localize has found them all
	}
	if text, err = t.JSON(); err != nil {
		return nil, err
	}
	return app, os.WriteFile(app.Template, text, 0o644)
}

func command(ctx context.Context, dir string, env []string, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("samtest: %s %v: %w\n%s", name, args, err, text)
	}
	return nil
}
