// Package alarms holds the tests that ring every alarm of the template by its fault, and none by an ordinary sale.
package alarms
