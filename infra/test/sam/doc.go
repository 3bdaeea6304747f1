// Package samtest runs the functions on the real SAM CLI: the synthesized template, Docker containers, DynamoDB Local,
// and the local cloud's players for what else the functions call. Its tests run every event of events/; its command,
// run, does the same by hand for `make invoke-<case>` and `make sam-api`.
//
// SAM runs what the template says, so a handler, a runtime, an environment variable or an architecture that doesn't
// fit shows here. It plays no streams, schedules or sockets: the local cloud does.
package sam
