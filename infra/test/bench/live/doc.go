// Package live measures the running local cloud through its front door, with the functions' own binaries.
package live
