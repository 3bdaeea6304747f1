package probe_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	smithytime "github.com/aws/smithy-go/time"

	"foyer/internal/room/probe"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
)

// stage is zones, a site that fails when told to, and a runner that watches it in virtual time.
type stage struct {
	*testing.T
	cloud *memroom.Cloud
	mu    sync.Mutex
	fails error
	said  []string
}

// answers has the site answer with an error from now on, or well if it is nil.
func (s *stage) answers(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fails = err
}

func (s *stage) answer() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fails
}

func play(t *testing.T, story func(s *stage)) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{T: t, cloud: memroom.New()}
		main := zone.New("main")
		main.State, main.Probe = zone.Open, "https://sale.example.com/health"
		s.save(main)
		other := zone.New("other") // watches nothing
		other.State = zone.Open
		s.save(other)
		ctx, cancel := context.WithCancel(t.Context())
		runner := &probe.Runner{
			Zones: s.cloud.Zones(), Now: time.Now, Sleep: smithytime.SleepWithContext,
			Ask: func(ctx context.Context, url string) error {
				err := s.answer()
				if errors.Is(err, context.DeadlineExceeded) {
					<-ctx.Done()
					return ctx.Err()
				}
				return err
			},
			Report: func(z zone.Settings, cause error) {
				text := z.Zone + " " + string(z.State)
				if cause != nil {
					text += ": " + cause.Error()
				}
				s.mu.Lock()
				defer s.mu.Unlock()
				s.said = append(s.said, text)
			},
		}
		done := make(chan struct{})
		go func() { runner.Run(ctx); close(done) }()
		story(s)
		cancel()
		<-done
		if other, _ := s.cloud.Stands("other"); other.State != zone.Open {
			t.Errorf("a zone that watches nothing is %s", other.State)
		}
	})
}

func (s *stage) save(z zone.Settings) {
	s.Helper()
	if err := s.cloud.Zones().SaveSettings(s.Context(), z); err != nil {
		s.Fatal(err)
	}
}

func (s *stage) is(after time.Duration, want zone.State, byProbe bool) zone.Settings {
	s.Helper()
	time.Sleep(after)
	synctest.Wait()
	z, _ := s.cloud.Stands("main")
	if z.State != want || z.PausedByProbe != byProbe {
		s.Errorf("after %v: %s, by its probe %v", after, z.State, z.PausedByProbe)
	}
	return z
}

func TestAZonePausesWhileItsSiteFails(t *testing.T) {
	for name, fault := range map[string]error{
		"answers 503": errors.New("503"), "does not answer": context.DeadlineExceeded,
	} {
		play(t, func(s *stage) {
			s.is(time.Minute, zone.Open, false)
			s.answers(fault)
			s.is(8*time.Second, zone.Open, false) // one slow answer is no failure
			s.is(10*time.Second, zone.Paused, true)
			s.is(10*time.Minute, zone.Paused, true)
			s.answers(nil)
			s.is(4*time.Second, zone.Paused, true)
			s.is(12*time.Second, zone.Open, false)
			if len(s.said) != 2 || s.said[0] != "main paused: "+fault.Error() || s.said[1] != "main open" {
				t.Errorf("%s: %q", name, s.said)
			}
		})
	}
}

func TestAnOperatorsPauseIsNotEnded(t *testing.T) {
	play(t, func(s *stage) {
		z := s.is(0, zone.Open, false)
		z.State, z.Version = zone.Paused, z.Version+1
		s.save(z)
		s.is(time.Minute, zone.Paused, false)
		s.answers(errors.New("500"))
		s.is(time.Minute, zone.Paused, false)
		s.answers(nil)
		s.is(time.Minute, zone.Paused, false)
	})
	play(t, func(s *stage) { // the operator takes over while the probe has paused it
		s.answers(errors.New("500"))
		z := s.is(time.Minute, zone.Paused, true)
		z.State, z.PausedByProbe, z.Version = zone.Closed, false, z.Version+1
		s.save(z)
		s.answers(nil)
		s.is(time.Minute, zone.Closed, false)
	})
}

func TestWhatIsNotOpenIsLeftAlone(t *testing.T) {
	at := time.Now()
	for name, change := range map[string]func(*zone.Settings){
		"closed":       func(s *zone.Settings) { s.State = zone.Closed },
		"scheduled":    func(s *zone.Settings) { s.State, s.OpensAt = zone.Scheduled, at.Add(time.Hour) },
		"passes all":   func(s *zone.Settings) { s.Policy = zone.Passthrough },
		"turns away":   func(s *zone.Settings) { s.Policy = zone.Reject },
		"fails little": func(s *zone.Settings) {},
	} {
		s := zone.New("main")
		s.State = zone.Open
		change(&s)
		bad := probe.InARow
		if name == "fails little" {
			bad--
		}
		if next, changed := probe.Next(s, bad, 0, at); changed || next != s {
			t.Errorf("%s: %+v", name, next)
		}
	}
	s := zone.New("main")
	s.State, s.PausedByProbe = zone.Closed, true
	if next, changed := probe.Next(s, 0, probe.InARow, at); changed {
		t.Errorf("closed while the probe paused it: %+v", next)
	}
	s = zone.New("main")
	s.State, s.OpensAt = zone.Scheduled, at
	if next, changed := probe.Next(s, probe.InARow, 0, at); !changed || next.State != zone.Paused {
		t.Errorf("open by its time: %+v", next)
	}
}
