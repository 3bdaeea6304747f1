package main

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// watched says whose guards are switched off, and whose tests should notice beside the package's own.
var watched = []struct {
	dir  string
	also []string
}{
	{"internal/room/token", []string{edgePkg}},
	{"internal/room/queue", nil},
	{"internal/room/bucket", []string{"internal/store/memory/memroom", "internal/room/exchange"}},
	{"internal/room/register", []string{"internal/room/admit", "internal/room/exchange", "internal/gateway/room"}},
	{"internal/room/admit", []string{"internal/gateway/room", "internal/room/exchange"}},
	{"internal/room/notify", []string{"internal/room/exchange"}},
	{"internal/room/policy", []string{"internal/room/register", "internal/room/exchange"}},
	{"internal/room/zone", []string{"internal/store/memory/memroom"}},
	{"internal/room/rules", nil},
	{"internal/room/exchange", []string{"internal/room/admit"}},
	{"internal/room/event", nil},
	{"internal/room/census", nil},
	{"internal/room/probe", nil},
	{"internal/room/heads", nil},
	{"internal/room/relay", []string{"internal/gateway/room"}},
	{"internal/sale/order", []string{"internal/sale/checkout"}},
	{"internal/sale/checkout", []string{"internal/gateway/sale"}},
	{"internal/sale/pay", []string{"internal/sale/checkout"}},
	{"internal/sale/pay/stripe", nil},
	{"internal/sale/ticket", nil},
	{"internal/sale/seat", []string{"internal/sale/choose", "internal/store/memory/memsale"}},
	{"internal/sale/choose", []string{"internal/gateway/sale"}},
	{"internal/sale/currency", nil},
	{"internal/sale/ledger", nil},
	{"internal/sale/dispatch", nil},
	{"internal/sale/mail", nil},
	{"internal/sale/audit", nil},
	{"internal/sale/clear", nil},
	{"internal/sale/venue", []string{"internal/sale/choose"}},
	{"internal/sale/seatmap", []string{"internal/sale/choose"}},
	{"internal/sale/viewers", nil},
	{"internal/printable", nil},
	{"internal/gateway/feed", nil},
	{"internal/gateway/web", []string{"internal/gateway/room", "internal/gateway/sale"}},
	{"internal/gateway/room", nil},
	{"internal/gateway/sale", nil},
	{"internal/aws/dsql", nil},
	{"internal/aws/edgestore", nil},
	{"internal/aws/health", nil},
	{"internal/aws/keyring", nil},
	{"internal/aws/rotate", nil},
	{"internal/aws/live", nil},
	{"internal/aws/jobs", nil},
	{"internal/aws/ses", nil},
	{"internal/store/memory/memroom", []string{"internal/room/exchange"}},
	{"internal/store/memory/memsale", nil},
	{"internal/store/dynamo", nil},
	{"internal/store/dynamo/dynroom", nil},
	{"internal/store/dynamo/dynsale", nil},
	{edgePkg, nil},
}

// edgePkg is where the edge's functions lie, and the tests of them.
const edgePkg = "infra/edge"

// Where a run keeps its work, so that the next one goes on from there.
const (
	work     = ".build/guards"
	switches = "zzguard" // the package that every switched file imports, and nobody has
)

var (
	//go:embed testdata/switches.go.txt
	switchesSource []byte
	//go:embed testdata/edge.go.txt
	edgeSource []byte
)

// sources are the guards found, and the overlay with a switch at each.
type sources struct {
	guards  []guard
	overlay map[string]string // from a file to what the compiler takes for it
}

// find reads every watched package and writes the switched files below work.
func find() (s sources, err error) {
	s.overlay = map[string]string{}
	for _, w := range watched {
		if w.dir == edgePkg {
			continue // its Go runs the functions: they are what is watched
		}
		files, err := read(w.dir)
		if err != nil {
			return s, err
		}
		names, err := conditionNames(files)
		if err != nil {
			return s, err
		}
		for _, file := range sorted(files) {
			f, err := guardsOf(file, files[file], names)
			if err != nil {
				return s, err
			}
			if len(f.guards) == 0 {
				continue
			}
			s.guards = append(s.guards, f.guards...)
			if err := s.replace(file, f.switched); err != nil {
				return s, err
			}
		}
	}
	for _, name := range []string{"gate.js", "api.js", "shared.js", "back.js"} {
		source, err := os.ReadFile("infra/edge/" + name)
		if err != nil {
			return s, err
		}
		guards, err := guardsOfScript("infra/edge/"+name, source)
		if err != nil {
			return s, err
		}
		s.guards = append(s.guards, guards...)
	}
	if err := s.replace("internal/"+switches+"/switches.go", switchesSource); err != nil {
		return s, err
	}
	return s, s.replace("infra/edge/"+switches+".go", edgeSource)
}

// read returns a package's files of Go but its tests.
func read(dir string) (map[string][]byte, error) {
	all, err := filepath.Glob(dir + "/*.go")
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, file := range all {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		if files[file], err = os.ReadFile(file); err != nil {
			return nil, err
		}
	}
	return files, nil
}

func sorted[V any](m map[string]V) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// replace has the compiler take text for a file.
func (s *sources) replace(file string, text []byte) error {
	path, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	to, err := filepath.Abs(filepath.Join(work, "overlay", strings.ReplaceAll(file, "/", "_")))
	if err != nil {
		return err
	}
	s.overlay[path] = to
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o600)
}

// judge is the built tests of one package.
type judge struct {
	pkg, dir string
	binary   string
	hash     string // of the program and of what it reads beside its folder
	tests    []test
	alone    sync.Map // whether a test passes alone with every guard, by its name
}

// judgesOf returns those who should notice that guards of the folders are off.
func judgesOf(dirs map[string]bool) (all []*judge) {
	known := map[string]bool{}
	for _, w := range watched {
		for _, pkg := range append([]string{w.dir}, w.also...) {
			if dirs[w.dir] && !known[pkg] {
				known[pkg] = true
				binary := filepath.Join(work, "bin", strings.ReplaceAll(pkg, "/", "_"))
				all = append(all, &judge{pkg: pkg, dir: pkg, binary: binary})
			}
		}
	}
	return all
}

// judges reports whether the tests of a package should notice that a guard of the folder is off.
func judges(dir, pkg string) bool {
	for _, w := range watched {
		if w.dir == dir {
			return pkg == dir || slices.Contains(w.also, pkg)
		}
	}
	return false
}

// build compiles a judge's tests with every switch, once for all guards.
func (j *judge) build(overlay string) error {
	out, err := exec.Command("go", "test", "-c", "-trimpath", "-vet=off", "-overlay", overlay, "-o", j.binary,
		"./"+j.pkg).CombinedOutput()
	if err != nil {
		return fmt.Errorf("go test -c %s: %w\n%s", j.pkg, err, out)
	}
	j.binary, err = filepath.Abs(j.binary)
	if err != nil {
		return err
	}
	j.hash, err = j.sum()
	return err
}

// sum is the hash of all that decides what the tests say.
func (j *judge) sum() (string, error) {
	h := sha256.New()
	program, err := os.ReadFile(j.binary)
	if err != nil {
		return "", err
	}
	h.Write(program)
	for _, dir := range []string{filepath.Join(j.dir, "testdata"), "testdata"} {
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return nil // there need be none
			}
			text, err := os.ReadFile(path)
			h.Write(text)
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:16], nil
}

// writeOverlay writes the file by which the compiler finds the switched sources.
func (s *sources) writeOverlay() (name string, err error) {
	name = filepath.Join(work, "overlay.json")
	text, err := json.Marshal(map[string]any{"Replace": s.overlay})
	if err != nil {
		return "", err
	}
	return name, os.WriteFile(name, text, 0o600)
}
