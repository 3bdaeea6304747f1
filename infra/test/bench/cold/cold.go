package cold

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"foyer/infra/bundle"
	"foyer/infra/local"
	"foyer/infra/test/bench/measure"
	"foyer/infra/topology"
)

// coldBudget is the longest init of a function, as a multiple of a hello-world Lambda's in the same run.
const coldBudget = 1.5

// hellos are the files of the hello-world Lambda, all the same.
var hellos = []string{"hello-1", "hello-2", "hello-3"}

// ColdStarts starts every function and a hello-world again and again as Lambda does, and measures from the process's
// start to its first question for an event; then to the answer to a first event as well, so that what a function puts
// off is seen too. Loading the package is in neither.
func ColdStarts(ctx context.Context, e *measure.Env) ([]measure.Row, error) {
	dir, err := os.MkdirTemp("", "foyer-cold-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := unpack(ctx, e, dir); err != nil {
		return nil, err
	}
	api, err := newRuntime()
	if err != nil {
		return nil, err
	}
	defer api.close()
	c := &cold{Env: e, api: api, dir: dir, shuffle: rand.New(rand.NewPCG(1, 1)).Shuffle}
	rows, err := c.inits(ctx)
	if err != nil {
		return nil, err
	}
	first, err := c.firstAnswers(ctx)
	return append(rows, first...), err
}

// unpack builds every function and the hello-world, and copies them to dir in one go each, as Lambda unpacks them: the
// linker leaves a file in the page cache in small pieces, which makes its start up to a quarter slower.
func unpack(ctx context.Context, e *measure.Env, dir string) error {
	if err := local.Build(ctx, e.Root, topology.Functions, e.Progress); err != nil {
		return err
	}
	hello := filepath.Join(e.Root, ".build", "bench", "hello", "bootstrap")
	if err := bundle.Build(ctx, e.Root, "infra/test/bench/testdata/hello", hello); err != nil {
		return err
	}
	for _, name := range hellos {
		if err := copied(hello, filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	for _, f := range topology.Functions {
		if err := copied(filepath.Join(e.Root, local.Binaries, f.Name, "bootstrap"), filepath.Join(dir, f.Name)); err != nil {
			return err
		}
	}
	return nil
}

func copied(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{out}, struct{ io.Reader }{in}, make([]byte, 1<<20))
	if closed := out.Close(); err == nil {
		err = closed
	}
	return err
}

// cold is one measurement of cold starts.
type cold struct {
	*measure.Env
	api     *runtime
	dir     string // <function> and hello, unpacked
	shuffle func(n int, swap func(i, j int))
}

// inits measures the init of every function. In a round each program is started once, in another order each time:
// one that ran a moment ago would find itself in the processor's caches. So the hello-world is there as three files.
func (c *cold) inits(ctx context.Context) ([]measure.Row, error) {
	all, base := map[string]*beside{}, []float64(nil)
	for _, f := range topology.Functions {
		all[f.Name] = &beside{}
	}
	for range measure.Pick(c.Env, 61, 21) {
		took, err := c.round(ctx)
		if err != nil {
			return nil, err
		}
		hello := measure.Median([]float64{took[hellos[0]], took[hellos[1]], took[hellos[2]]})
		base = append(base, hello)
		for name, b := range all {
			b.add(took[name], hello)
		}
	}
	awaited, others := slowest{}, slowest{}
	for _, f := range topology.Functions {
		if waitedFor(f) {
			awaited.add(f.Name, all[f.Name])
		} else {
			others.add(f.Name, all[f.Name])
		}
	}
	return []measure.Row{
		measure.AtMost("slowest init of a function that visitors wait for, beside a hello-world Lambda's", coldBudget,
			awaited.ratio, " ×").
			With("from the process's start to its first question for an event; medians and quartiles of %d rounds in which "+
				"each starts once; a hello-world's takes %.1f ms here; %s", len(base), measure.Median(base),
				strings.Join(awaited.each, ", ")),
		measure.AtMost("… of the others", coldBudget, others.ratio, " ×").With("%s", strings.Join(others.each, ", ")),
	}, nil
}

// waitedFor reports whether a visitor waits for the function's answer.
func waitedFor(f topology.Function) bool { return len(f.Routes)+len(f.Sockets) > 0 }

// round starts everything once and gives the times of each, ms.
func (c *cold) round(ctx context.Context) (map[string]float64, error) {
	programs := slices.Clone(hellos)
	for _, f := range topology.Functions {
		programs = append(programs, f.Name)
	}
	c.shuffle(len(programs), func(i, j int) { programs[i], programs[j] = programs[j], programs[i] })
	took := map[string]float64{}
	for _, name := range programs {
		ms, err := c.init(ctx, name, anything(name))
		if err != nil {
			return nil, err
		}
		took[name] = ms
	}
	return took, nil
}

// init is the time of one start, ms.
func (c *cold) init(ctx context.Context, name string, env []string) (float64, error) {
	p, err := c.api.start(ctx, filepath.Join(c.dir, name), env)
	if err != nil {
		return 0, err
	}
	p.end()
	return p.init, nil
}

// anything is a value for each of a function's variables: whatever it is, it is not asked yet. A sender is looked at.
func anything(function string) (env []string) {
	for _, f := range topology.Functions {
		if f.Name == function {
			for _, name := range f.Env {
				value := "http://127.0.0.1:9/x"
				if name == topology.EnvMailFrom {
					value = "tickets@example.com"
				}
				env = append(env, name+"="+value)
			}
		}
	}
	return env
}

// beside returns ratios of what was measured to something else.
type beside struct{ ratios []float64 }

func (b *beside) add(took, other float64) { b.ratios = append(b.ratios, took/other) }

// slowest keeps the largest median of what is added, and says what each is, with its quartiles.
type slowest struct {
	ratio float64
	each  []string
}

func (s *slowest) add(name string, b *beside) {
	s.ratio = max(s.ratio, measure.Median(b.ratios))
	s.each = append(s.each, fmt.Sprintf("%s %.2f (%.2f–%.2f)", name, measure.Median(b.ratios),
		measure.Quantile(b.ratios, 0.25),
		measure.Quantile(b.ratios, 0.75)))
}
