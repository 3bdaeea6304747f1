package exchange

import (
	"errors"
	"sync"
)

// parallel calls work for 0 to n-1, maxParallel at a time, and joins the errors. All are tried whatever fails.
func parallel(n int, work func(i int) error) error {
	errs := make([]error, n)
	slots := make(chan struct{}, maxParallel)
	var wg sync.WaitGroup
	for i := range n {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			errs[i] = work(i)
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
