// Command guards takes each guard away in turn and sees whether a test notices: every condition of a conditional write
// or a transaction, and every check by which tokens, signatures, amounts and messages of the provider are refused. It
// finds them in the syntax tree, so that none is forgotten, and changes no file: the compiler gets each change as an
// overlay.
//
//	make guards                                   # all of them
//	make guards GUARDS="-only room/token"         # those of files whose path holds this
//	make guards GUARDS="-list"                    # what would be removed
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// watched says which packages' guards are removed, and which tests should notice.
var watched = []struct {
	dir   string
	tests string
}{
	{"internal/room/token", "./internal/room/token ./infra/edge"},
	{"internal/room/bucket", "./internal/room/bucket ./internal/store/memory/memroom ./internal/room/exchange"},
	{"internal/room/register", "./internal/room/register ./internal/room/admit ./internal/room/exchange"},
	{"internal/room/admit", "./internal/room/admit ./internal/room/exchange ./internal/gateway/room"},
	{"internal/room/notify", "./internal/room/notify ./internal/room/exchange"},
	{"internal/room/policy", "./internal/room/policy ./internal/room/register ./internal/room/exchange"},
	{"internal/room/zone", "./internal/room/zone"},
	{"internal/sale/order", "./internal/sale/order ./internal/sale/checkout"},
	{"internal/sale/pay", "./internal/sale/pay ./internal/sale/checkout"},
	{"internal/sale/ticket", "./internal/sale/ticket"},
	{"internal/gateway/web", "./internal/gateway/..."},
	{"internal/store/memory/memroom", "./internal/store/memory/memroom"},
	{"internal/store/memory/memsale", "./internal/store/memory/memsale"},
	{"internal/store/dynamo/dynroom", "./internal/store/dynamo/dynroom"},
	{"internal/store/dynamo/dynsale", "./internal/store/dynamo/dynsale"},
}

func main() {
	only := flag.String("only", "", "remove the guards of files whose path holds this")
	list := flag.Bool("list", false, "list the guards, and remove none")
	flag.Parse()
	if err := run(*only, *list); err != nil {
		fmt.Fprintln(os.Stderr, "guards:", err)
		os.Exit(1)
	}
}

// run removes the guards one by one and sums up.
func run(only string, list bool) error {
	equivalent, err := reasons("infra/test/guards/equivalent.txt")
	if err != nil {
		return err
	}
	all, err := guardsIn(only)
	if err != nil {
		return err
	}
	count := map[string]int{}
	for _, g := range all {
		if list {
			fmt.Println(g)
			continue
		}
		verdict, err := g.verdict(equivalent[g.id()])
		if err != nil {
			return fmt.Errorf("%v: %w", g, err)
		}
		kind, _, _ := strings.Cut(verdict, " ")
		count[kind]++
		fmt.Printf("%s: %v\n", verdict, g)
	}
	if list {
		fmt.Printf("%d guards\n", len(all))
		return nil
	}
	fmt.Printf("%d guards: %d noticed, %d equivalent, %d survived\n", len(all), count["noticed"], count["equivalent"],
		count["SURVIVED"])
	if n := count["SURVIVED"]; n > 0 {
		return fmt.Errorf("%d guards can be removed and no test notices", n)
	}
	return nil
}

// placed is a guard with its file's source and the packages whose tests should notice its absence.
type placed struct {
	guard
	source []byte
	tests  string
}

// guardsIn returns the guards of the watched files whose path holds only.
func guardsIn(only string) (all []placed, err error) {
	for _, w := range watched {
		files, err := filepath.Glob(w.dir + "/*.go")
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") || !strings.Contains(file, only) {
				continue
			}
			source, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			guards, err := guardsOf(file, source)
			if err != nil {
				return nil, err
			}
			for _, g := range guards {
				all = append(all, placed{g, source, w.tests})
			}
		}
	}
	return all, nil
}

// verdict says what the guard's removal came to. Reason says why a removal that nobody notices is no fault; empty: it
// is one.
func (g placed) verdict(reason string) (string, error) {
	noticed, by, err := g.remove(g.source, g.tests)
	switch {
	case err != nil:
		return "", err
	case noticed:
		return "noticed by " + by, nil
	case reason != "":
		return "equivalent for " + reason, nil
	}
	return "SURVIVED", nil
}

// reasons reads why the removal of some guards changes nothing: "id<tab>reason" a line.
func reasons(name string) (map[string]string, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	all := map[string]string{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if id, reason, found := strings.Cut(lines.Text(), "\t"); found {
			all[id] = reason
		}
	}
	return all, nil
}

// remove runs the tests on the source without the guard. It reports whether one failed, and of which package.
func (g guard) remove(source []byte, tests string) (noticed bool, by string, err error) {
	dir, err := os.MkdirTemp("", "guards")
	if err != nil {
		return false, "", err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	changed, overlay := filepath.Join(dir, "changed.go"), filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(changed, g.without(source), 0o600); err != nil {
		return false, "", err
	}
	path, err := filepath.Abs(g.file)
	if err != nil {
		return false, "", err
	}
	text := fmt.Sprintf(`{"Replace":{%q:%q}}`, path, changed)
	if err := os.WriteFile(overlay, []byte(text), 0o600); err != nil {
		return false, "", err
	}
	for _, pkg := range strings.Fields(tests) {
		out, err := exec.Command("go", "test", "-short", "-vet=off", "-failfast", "-overlay", overlay, pkg).CombinedOutput()
		switch {
		case err == nil:
		case strings.Contains(string(out), "[build failed]"):
			return false, "", fmt.Errorf("it doesn't compile without: %s", out)
		default:
			return true, pkg, nil
		}
	}
	return false, "", nil
}
