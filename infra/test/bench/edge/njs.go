package edge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"foyer/infra/edge"
)

// What njs needs beside the function: the store's module, and a loop that runs one event many times. With decide 0
// the loop only reads the event, which is then subtracted.
const (
	storeModule = `export default { kvs() { return { get(key, o) {
	const v = globalThis.store[key];
	if (v === undefined) return Promise.reject(new Error('KeyNotFound'));
	return Promise.resolve(o && o.format === 'json' ? JSON.parse(v) : v);
} }; }, selectRequestOriginById(id) {} };`
	njsLoop = `
import files from 'fs';
import gate from 'gate.js';
import api from 'api.js';
async function loop() {
	const c = JSON.parse(files.readFileSync('call.json'));
	globalThis.store = c.store;
	for (let i = 0; i < c.times; i++) {
		const event = JSON.parse(c.event), handler = c.own ? api : gate;
		event.request.rawQueryString = function () { return ''; };
		if (c.decide) await handler(event);
	}
}
loop();
`
	njsRounds = 3
)

// inNJS is the time of each kind in Debian's njs, whose language is the platform's.
func (d *decisions) inNJS(ctx context.Context, built edge.Code, times int) (all []timing, err error) {
	if _, err := exec.LookPath("njs"); err != nil {
		return nil, errors.New("njs is missing: apt-get install njs")
	}
	dir, err := os.MkdirTemp("", "foyer-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	for name, content := range map[string]string{"cloudfront": storeModule, "main.js": njsLoop,
		"gate.js": built.Gate + "\nexport default handler;", "api.js": built.API + "\nexport default handler;"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			return nil, err
		}
	}
	for _, c := range d.calls {
		var took []float64
		for range njsRounds {
			with, err := d.njs(ctx, dir, c, times, 1)
			if err != nil {
				return nil, err
			}
			without, err := d.njs(ctx, dir, c, times, 0)
			if err != nil {
				return nil, err
			}
			took = append(took, float64((with-without).Nanoseconds())/1000/float64(times))
		}
		slices.Sort(took)
		all = append(all, timing{c.kind, took[njsRounds/2]})
	}
	return all, nil
}

func (d *decisions) njs(ctx context.Context, dir string, c decision, times, decide int) (time.Duration, error) {
	event, err := json.Marshal(c.event)
	if err != nil {
		return 0, err
	}
	call, err := json.Marshal(map[string]any{"store": d.store, "event": string(event), "times": times, "decide": decide,
		"own": edge.IsOwn(edge.Normal(c.event.Request.URI))})
	if err != nil {
		return 0, err
	}
	if err := os.WriteFile(filepath.Join(dir, "call.json"), call, 0o600); err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, "njs", "-p", dir, "main.js")
	cmd.Dir = dir
	began := time.Now()
	printed, err := cmd.CombinedOutput()
	took := time.Since(began)
	if err != nil || strings.Contains(string(printed), "Error") {
		return 0, fmt.Errorf("njs: %v %.300s", err, printed)
	}
	return took, nil
}
