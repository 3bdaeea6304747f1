package exchange

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
)

// parallel calls work for 0 to n-1, maxParallel at a time, and joins the errors. All are tried whatever fails, and a
// panic is an error.
func parallel(n int, work func(i int) error) error {
	errs := make([]error, n)
	slots := make(chan struct{}, maxParallel)
	var wg sync.WaitGroup
	for i := range n {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			errs[i] = guarded(func() error { return work(i) })
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// guarded calls work, and makes a panic an error.
func guarded(work func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("exchange: panic: %v\n%s", p, debug.Stack())
		}
	}()
	return work()
}
