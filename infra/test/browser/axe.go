package browser

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"foyer/internal/testkit/skip"
)

// axeVersion of axe-core, which checks pages for what keeps people with disabilities out. It is fetched once by npm.
const axeVersion = "4.10.2"

// axeScript is axe-core, from the user's cache.
var axeScript = sync.OnceValues(func() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(cache, "foyer", "axe-core-"+axeVersion)
	file := filepath.Join(folder, "node_modules", "axe-core", "axe.min.js")
	if _, err := os.Stat(file); err != nil {
		install := exec.Command("npm", "install", "--prefix", folder, "--no-save", "--ignore-scripts", "--no-audit",
			"--no-fund", "axe-core@"+axeVersion)
		if out, err := install.CombinedOutput(); err != nil {
			return "", fmt.Errorf("npm install axe-core: %w: %.400s", err, out)
		}
	}
	script, err := os.ReadFile(file)
	return string(script), err
})

// Audit is everything that axe-core finds wrong with the page as it stands, inside of shadows too: rule, place and why.
// Without npm, or where axe-core can't be fetched, the test is skipped.
func Audit(t testing.TB, p *Tab) []string {
	t.Helper()
	skip.Need(t, "npm", "apt-get install npm")
	script, err := axeScript()
	if err != nil {
		skip.Because(t, "axe-core is missing: %v", err)
		return nil
	}
	Eval[any](p, "void ("+fmt.Sprintf("(() => { if (!window.axe) { %s } })()", script)+")")
	return Eval[[]string](p, `axe.run(document, {resultTypes: ['violations']}).then((r) => r.violations.flatMap((v) =>
		v.nodes.map((n) => v.id + ' at ' + n.target.flat().join(' ') + ': ' +
			[...n.any, ...n.all, ...n.none].map((c) => c.message).join('; '))))`)
}
