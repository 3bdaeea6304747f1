package measure

import (
	"fmt"
	"os"
	"slices"
	"testing"
)

// tb lets a section use helpers that are made for tests. What fails there fails the section.
type tb struct {
	testing.TB // nil: what isn't below isn't used
	cleanups   []func()
}

// failure is why a section can't go on.
type failure struct{ error }

// AsTest runs a section's work with a TB, and cleans up after it.
func AsTest(work func(t testing.TB)) (err error) {
	t := &tb{}
	defer func() {
		for _, clean := range slices.Backward(t.cleanups) {
			clean()
		}
		switch cause := recover().(type) {
		case nil:
		case failure:
			err = cause.error
		default:
			panic(cause)
		}
	}()
	work(t)
	return nil
}

func (t *tb) Helper()                      {}
func (t *tb) Logf(string, ...any)          {}
func (t *tb) Cleanup(clean func())         { t.cleanups = append(t.cleanups, clean) }
func (t *tb) Fatal(args ...any)            { panic(failure{fmt.Errorf("%s", fmt.Sprint(args...))}) }
func (t *tb) Fatalf(f string, args ...any) { panic(failure{fmt.Errorf(f, args...)}) }
func (t *tb) Skipf(f string, args ...any)  { t.Fatalf(f, args...) }
func (t *tb) Skip(args ...any)             { t.Fatal(args...) }

// TempDir is a folder that goes with the section.
func (t *tb) TempDir() string {
	dir, err := os.MkdirTemp("", "foyer-bench-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}
