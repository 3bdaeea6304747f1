// Package measure is what sections of the bench share: rows of the table, budgets and verdicts, fresh tables in a
// database, and the pages' own modules in a JavaScript engine.
package measure
