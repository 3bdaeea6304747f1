// Package policytest holds one story: every function, as the binary that is deployed, is driven through its ways in
// the local cloud, which keeps what each asks of AWS. What they asked must be what their synthesized policies allow:
// nothing more, or a visitor meets AccessDenied; nothing less, or a function may do what it never does.
//
// The policies are read from infra/stack's golden template, which a test there keeps true. Statements named
// Platform… are what Lambda itself does in a function's name, and can't be seen here.
package policy
