// Package cold measures the functions as they are deployed: the size of their packages, and their starts as Lambda
// makes them.
package cold
