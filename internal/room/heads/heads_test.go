package heads_test

import (
	"testing"

	"foyer/internal/room/heads"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
)

func TestThereSaysWhichPlacesAreThere(t *testing.T) {
	s := zone.New("main")
	s.QueueShards = 3
	places := memroom.New().Queue()
	var asked []queue.Key
	for n := range uint64(300) {
		key := queue.NewKey(8, 0, 1000+n, queue.VisitorID{0, 0, 0, byte(n), 15: byte(n)})
		if n%5 < 4 {
			if _, err := places.Register(t.Context(), s.Queue(), queue.Entry{Key: key}); err != nil {
				t.Fatal(err)
			}
		}
		if n%5 > 2 {
			asked = append(asked, key)
		}
	}
	there, err := heads.There(t.Context(), places, s, asked)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range asked {
		if want := key.Rank()%5 == 3; there[key] != want {
			t.Errorf("%v: %v", key, there[key])
		}
	}
	if there, err := heads.There(t.Context(), places, s, nil); err != nil || len(there) > 0 {
		t.Errorf("of none: %v, %v", there, err)
	}
}

func TestNobodyGoesPastAShardThatIsntReadAsFar(t *testing.T) {
	s := zone.New("main")
	s.QueueShards = 2
	places := memroom.New().Queue()
	place := func(rank uint64, shard byte) {
		t.Helper()
		v := queue.VisitorID{3: shard, 14: byte(rank >> 8), 15: byte(rank)}
		if _, err := places.Register(t.Context(), s.Queue(), queue.Entry{Key: queue.NewKey(8, 0, rank, v)}); err != nil {
			t.Fatal(err)
		}
	}
	const resting = 11_000 // more than a tick reads of half the shards
	for n := range uint64(resting) {
		place(n, 0)
	}
	place(resting, 0)
	place(resting+1, 1)
	passed := make([]heads.Passing, s.QueueShards)
	for tick := range 3 {
		line, err := heads.Open(t.Context(), places, s, passed, 1)
		if err != nil {
			t.Fatal(err)
		}
		for {
			e, more, err := line.Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !more {
				break
			}
			if e.Key.Rank() == resting {
				return
			}
			if e.Key.Rank() > resting {
				t.Fatalf("tick %d passes over somebody who waits", tick)
			}
			line.Judge(e, true)
		}
		line.PassOver()
	}
	t.Error("nobody was found")
}
