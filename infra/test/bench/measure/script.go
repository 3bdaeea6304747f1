package measure

import (
	"encoding/base64"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/dop251/goja"
	"github.com/evanw/esbuild/pkg/api"
)

// Script is the page's own modules in a JavaScript engine, with what a browser gives them and the engine doesn't.
type Script struct {
	VM    *goja.Runtime
	tasks []goja.Callable // of setImmediate
}

// noIntl stands in for what goja lacks: English figures without marks, and no plural forms.
const noIntl = `var Intl = { PluralRules: class { select() { return 'other'; } },
  NumberFormat: class { format(n) { return String(n); } } };`

// NewScript runs a module that may import the page's, by paths relative to the folder of the bench.
func NewScript(root, module string) (*Script, error) {
	built := api.Build(api.BuildOptions{
		Stdin: &api.StdinOptions{Contents: module, ResolveDir: filepath.Join(root, "infra", "test", "bench"),
			Loader: api.LoaderJS},
		Bundle: true, Format: api.FormatIIFE, GlobalName: "bench", Target: api.ES2020,
		Define: map[string]string{"FOYER_DEFAULT_ZONE": `"main"`, "FOYER_TEXTS.lang": `"en"`},
		Banner: map[string]string{"js": noIntl},
	})
	if len(built.Errors) > 0 {
		return nil, fmt.Errorf("bundling the page's modules: %s", built.Errors[0].Text)
	}
	s := &Script{VM: goja.New()}
	for name, value := range map[string]any{"atob": atob, "btoa": btoa, "setImmediate": s.later} {
		if err := s.VM.Set(name, value); err != nil {
			return nil, err
		}
	}
	_, err := s.VM.RunScript("page", string(built.OutputFiles[0].Contents))
	return s, err
}

func (s *Script) later(task goja.Callable) { s.tasks = append(s.tasks, task) }

// Call calls an exported function and waits for its promise, if it gives one.
func (s *Script) Call(name string, args ...any) (goja.Value, error) {
	function, ok := goja.AssertFunction(s.VM.Get("bench").ToObject(s.VM).Get(name))
	if !ok {
		return nil, fmt.Errorf("the page's modules have no function %s", name)
	}
	values := make([]goja.Value, len(args))
	for i, a := range args {
		values[i] = s.VM.ToValue(a)
	}
	result, err := function(goja.Undefined(), values...)
	if err != nil {
		return nil, err
	}
	promise, ok := result.Export().(*goja.Promise)
	if !ok {
		return result, nil
	}
	for promise.State() == goja.PromiseStatePending && len(s.tasks) > 0 {
		task := s.tasks[0]
		s.tasks = s.tasks[1:]
		if _, err := task(goja.Undefined()); err != nil {
			return nil, err
		}
	}
	if promise.State() != goja.PromiseStateFulfilled {
		return nil, fmt.Errorf("%s: %v", name, promise.Result())
	}
	return promise.Result(), nil
}

// atob and btoa are the browser's: base64 from and to a string whose characters are bytes.
func atob(text string) (string, error) {
	raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	chars := make([]rune, len(raw))
	for i, b := range raw {
		chars[i] = rune(b)
	}
	return string(chars), err
}

func btoa(text string) string {
	var raw []byte
	for _, c := range text {
		raw = append(raw, byte(c))
	}
	return base64.StdEncoding.EncodeToString(raw)
}
