package main

import "context"

func runningCloud(context.Context, *Env) ([]Row, error) { return nil, nil }
func edgeFunction(context.Context, *Env) ([]Row, error) { return nil, nil }
