// Package parallel runs requests side by side, a bounded number at a time.
//
// A simulation runs everything in one thread: in a context made by InTurn the same work is done piece by piece, so that
// what depends on the order of requests can be played again.
package parallel

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
)

// Do calls work for 0 to n-1, at most most at a time, and joins the errors. All are called, whatever fails.
func Do(ctx context.Context, n, most int, work func(i int) error) error {
	errs := make([]error, n)
	if order := orderOf(ctx); order != nil {
		for _, i := range order(n) {
			errs[i] = work(i)
		}
		return errors.Join(errs...)
	}
	slots := make(chan struct{}, most)
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

// Safely is Do for work that may panic: a panic is an error.
func Safely(ctx context.Context, n, most int, work func(i int) error) error {
	return Do(ctx, n, most, func(i int) error {
		return Guarded(func() error { return work(i) })
	})
}

// Guarded calls work, and makes a panic an error.
func Guarded(work func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return work()
}

// Go runs work beside its caller, counted by wg; in a context made by InTurn it is done when Go returns.
func Go(ctx context.Context, wg *sync.WaitGroup, work func()) {
	if orderOf(ctx) != nil {
		work()
		return
	}
	wg.Go(work)
}

type key struct{}

// InTurn returns a context in which nothing runs side by side. Order gives the numbers 0 to n-1 in the order in which
// the pieces of one Do are called.
func InTurn(ctx context.Context, order func(n int) []int) context.Context {
	return context.WithValue(ctx, key{}, order)
}

func orderOf(ctx context.Context) func(n int) []int {
	order, _ := ctx.Value(key{}).(func(n int) []int)
	return order
}
