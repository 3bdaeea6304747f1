package zone

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"foyer/internal/printable"
	"foyer/internal/problem"
)

// Bounds of the settings.
const (
	MaxTitle            = 60 // characters
	MaxCapacityPerShard = 20_000
	// MaxRate is the highest rate of a zone, entries a minute: a tick calls 1,200 visitors at most.
	MaxRate = 72_000
	// MaxRatePerShard is the highest rate for each partition of the grants: an entry and its end are two writes and a
	// twelfth to one partition, which takes 1,000 a second.
	MaxRatePerShard                = 24_000
	MinWindow, MaxWindow           = 5 * time.Second, 10 * time.Minute
	MinSession, MaxSession         = 30 * time.Second, 12 * time.Hour
	MaxSeatsPerBuyer               = 8
	MaxSeatFactor                  = 100.0
	MinPayFor                      = 30 * time.Second
	MaxPayFor                      = 30 * time.Minute // the provider's page stays open for 30 to 61 minutes
	MaxQueueShards, MaxGrantShards = 256, 16
)

// faults gathers what is wrong, field by field, so that an operator sees everything at once.
type faults []string

func (f *faults) unless(ok bool, field, format string, args ...any) {
	if !ok {
		*f = append(*f, field+" "+fmt.Sprintf(format, args...))
	}
}

// err is nil, or problem.Invalid with every fault in its detail.
func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return problem.New(problem.Invalid, "%s", strings.Join(f, "; "))
}

// Validate returns problem.Invalid naming every field of s that is wrong, or nil.
func (s Settings) Validate() error {
	var f faults
	s.checkNames(&f)
	s.checkBucket(&f)
	s.checkSeats(&f)
	s.checkPartitions(&f)
	s.checkRevoked(&f)
	s.checkProbe(&f)
	s.checkClearing(&f)
	return f.err()
}

func (s Settings) checkNames(f *faults) {
	f.unless(IsName(s.Zone), "zone", "must be 1 to 32 of a-z, 0-9 and -, not starting with -")
	f.unless(s.Version >= 1, "version", "must count from 1")
	titled := s.Title == "" || printable.Line(s.Title, MaxTitle)
	f.unless(titled, "title", "must be one line of at most %d printable characters, without spaces at its ends", MaxTitle)
	states := []State{Scheduled, Open, Paused, Closed}
	f.unless(slices.Contains(states, s.State), "state", "must be scheduled, open, paused or closed")
	policies := []Policy{FirstCome, Draw, Reject, Passthrough}
	f.unless(slices.Contains(policies, s.Policy), "policy", "must be first-come, draw, reject or passthrough")
	f.unless(s.FailMode == FailClosed || s.FailMode == FailOpen, "failMode", "must be closed or open")
	f.unless(s.OpensAt.IsZero() || s.OpensAt.UnixMilli() > 0, "opensAt", "must be a time after 1970")
	f.unless(s.Policy != Draw || !s.OpensAt.IsZero(), "opensAt", "must be set for a draw")
}

func (s Settings) checkBucket(f *faults) {
	most := MaxCapacityPerShard * min(max(s.GrantShards, 1), MaxGrantShards)
	fits := s.Capacity >= 0 && s.Capacity <= most
	f.unless(fits, "capacity", "must be 0 to %d (%d for each shard of the grants, at most %d)%s", most,
		MaxCapacityPerShard, MaxGrantShards, s.withShards(shardsFor(s.Capacity, MaxCapacityPerShard)))
	f.unless(s.Rate >= 1 && s.Rate <= MaxRate, "rate", "must be 1 to %d entries a minute: a tick calls 1,200 at most; "+
		"a second zone doubles it", MaxRate)
	reached := s.Rate > MaxRate || s.Rate <= MaxRatePerShard*max(s.GrantShards, 1)
	f.unless(reached, "rate", "must be at most %d, %d for each shard of the grants%s",
		MaxRatePerShard*max(s.GrantShards, 1), MaxRatePerShard, s.withShards(shardsFor(s.Rate, MaxRatePerShard)))
	f.unless(s.Window >= MinWindow && s.Window <= MaxWindow, "window", "must be %v to %v", MinWindow, MaxWindow)
	f.unless(s.Session >= MinSession && s.Session <= MaxSession, "session", "must be %v to %v", MinSession, MaxSession)
	ends := s.MaxVisit == 0 || s.MaxVisit >= s.Session && s.MaxVisit <= 4*MaxSession
	f.unless(ends, "maxVisit", "must be 0, or at least the session and at most %v", 4*MaxSession)
}

// shardsFor returns how many shards n needs, when each takes so much.
func shardsFor(n, each int) int { return (n + each - 1) / each }

// withShards returns the command that makes a zone with that many shards of the grants, as the end of a sentence; none
// if there can't be so many.
func (s Settings) withShards(n int) string {
	if n > MaxGrantShards {
		return ""
	}
	return fmt.Sprintf("; a zone's shards are fixed when it is made: foyerctl zone create NAME --capacity %d --rate %d "+
		"--grant-shards %d", s.Capacity, s.Rate, max(n, s.GrantShards))
}

func (s Settings) checkSeats(f *faults) {
	some := s.SeatsPerBuyer >= 1 && s.SeatsPerBuyer <= MaxSeatsPerBuyer
	f.unless(some, "seatsPerBuyer", "must be 1 to %d", MaxSeatsPerBuyer)
	f.unless(s.SeatFactor >= 0 && s.SeatFactor <= MaxSeatFactor, "seatFactor", "must be 0 (off) to %.0f", MaxSeatFactor)
	pays := s.PayFor == 0 || s.PayFor >= MinPayFor && s.PayFor <= MaxPayFor
	f.unless(pays, "payFor", "must be 0 (%v), or %v to %v", DefaultPayFor, MinPayFor, MaxPayFor)
}

// MaxRevoked is the most batches of invites that a zone can have revoked: the edge carries their names.
const MaxRevoked = 8

// Revoke returns the batches revoked with one more.
func Revoke(revoked, batch string) string {
	all := append(strings.Fields(revoked), batch)
	slices.Sort(all)
	return strings.Join(slices.Compact(all), " ")
}

func (s Settings) checkRevoked(f *faults) {
	n := len(strings.Fields(s.Revoked))
	f.unless(n <= MaxRevoked, "revoked", "must be %d batches of invites at most, not %d", MaxRevoked, n)
}

// MaxProbe is the longest address of a probe, in bytes.
const MaxProbe = 256

func (s Settings) checkProbe(f *faults) {
	_, rest, _ := strings.Cut(s.Probe, "://")
	schemed := strings.HasPrefix(s.Probe, "https://") || strings.HasPrefix(s.Probe, "http://")
	whole := schemed && rest != "" && rest[0] != '/' && !strings.ContainsAny(s.Probe, " \t\r\n@#")
	f.unless(s.Probe == "" || whole && len(s.Probe) <= MaxProbe, "probe",
		"must be an address such as https://sale.example.com/health, of %d characters at most, or none", MaxProbe)
	f.unless(!s.PausedByProbe || s.State == Paused, "pausedByProbe", "can be of a paused zone only")
}

func (s Settings) checkPartitions(f *faults) {
	f.unless(s.QueueShards >= 1 && s.QueueShards <= MaxQueueShards, "queueShards", "must be 1 to %d", MaxQueueShards)
	f.unless(s.GrantShards >= 1 && s.GrantShards <= MaxGrantShards, "grantShards", "must be 1 to %d", MaxGrantShards)
}

func (s Settings) checkClearing(f *faults) {
	known := s.Clearing == "" || s.Clearing == Resetting || s.Clearing == Deleting
	f.unless(known, "clearing", "must be reset, delete or nothing")
	over := s.State == Closed && s.SaleEnded
	f.unless(s.Clearing == "" || over, "clearing", "can be of a closed zone only whose sale ended")
	numbers := s.DrawNumber > 0 && s.Policy == Draw
	f.unless(s.DrawNumber == 0 || numbers, "drawNumber", "must be 0, or number a draw's seeds")
}
