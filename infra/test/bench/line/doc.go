// Package line measures the line and the sale by the database's own units and in virtual time: writes and reads of
// visitors, ticks and censuses, places, waits, and registrations and locks beside bare writes.
package line
