// Package dynroom is the waiting room's stores on DynamoDB: queue.Store, bucket.Log and zone.Store.
//
// A registration writes a visitor's place, if it isn't there, and a connection, if it is newer than the one stored. A
// page is appended if its number isn't taken, and its grants change only from what was read. Settings and status are
// saved on the version before. What an expression compares stands in words beside it; the topology has the legend of
// every attribute.
package dynroom
