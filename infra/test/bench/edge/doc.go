// Package edge measures the edge function: its size, and the time of a decision in goja and njs.
package edge
