// Package page measures what pages load, how often they ask, and the frames of the seat map.
package page
