// Package dynsale is the sale's stores on DynamoDB: seat.Store, seat.Board, venue.Store, order.Store, viewers.Store,
// viewers.Pace and once.Store.
//
// Seats change in one transaction with the hold of their buyer and, where money moves, with the order, so that no seat
// is sold twice and no order is paid without its seats. A lock is written if the seat is free, which an expired lock
// leaves it; nothing runs when one expires. What an expression compares stands in words beside it; the topology has the
// legend of every attribute.
package dynsale
