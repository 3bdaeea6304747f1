// Package sim plays a whole sale in one thread, in virtual time, by the dice of a seed: the waiting room's and the
// sale's services over the stores in memory, with visitors, attackers and everything that goes wrong in between.
//
// A world is a heap of events and a number of threads. A thread is a coroutine: it runs until it waits, for a store, a
// network or just for a while, and then the next event runs. So every call of a store is a point at which others come
// between, and the same seed plays the same sale, to the byte.
//
// What must hold is checked from what is stored, never from what was answered: each change as it is written (watch.go),
// and the whole from scratch after every step of a small world and every few minutes of a large one (audit.go).
package sim
