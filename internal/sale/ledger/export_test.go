package ledger

// Exports is every report that Export can write.
var Exports = exports
