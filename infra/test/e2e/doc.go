// Package e2e plays the whole story on the real local cloud: the binaries as they are deployed, a real DynamoDB, the
// very edge function and pages, with visitors in a real Chromium and programs as visitors. It holds tests only, and it
// knows of the system what a visitor and an operator know; it looks at tables only to count the admitted.
//
// One cloud serves the whole test binary. Every test has zones of its own, so stories may run side by side.
package e2e
