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
