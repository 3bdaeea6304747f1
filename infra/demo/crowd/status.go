package crowd

import (
	"encoding/json"
	"errors"
	"math"
	"time"

	"foyer/internal/room/census"
	"foyer/internal/room/queue"
)

// status is the part of the zone's public status that the page reads.
type status struct {
	State   string `json:"state"`
	Direct  bool   `json:"direct"`
	Now     int64  `json:"now"`
	OpensAt int64  `json:"opensAt"`
	Called  string `json:"called"`
	Rate    struct {
		High float64 `json:"high"`
	} `json:"rate"`
	Census *struct {
		At    int64  `json:"at"`
		Knots string `json:"knots"`
	} `json:"census"`
	You *struct {
		ArrivedAt int64  `json:"arrivedAt"`
		Key       string `json:"key"`
	} `json:"you"`
}

func readStatus(body []byte) (s status, err error) {
	err = json.Unmarshal(body, &s)
	return s, err
}

// readRefusal reads the status that a 429 brings along.
func readRefusal(body []byte) (status, error) {
	var refusal struct {
		ZoneStatus *status `json:"zoneStatus"`
	}
	if err := json.Unmarshal(body, &refusal); err != nil {
		return status{}, err
	}
	if refusal.ZoneStatus == nil {
		return status{}, errors.New("a refusal without a status")
	}
	return *refusal.ZoneStatus, nil
}

// called reports whether the status says that it is this visitor's turn.
func (s status) called() bool {
	return s.You != nil && s.You.Key != "" && s.Called != "" && s.You.Key <= s.Called
}

// soonest returns the visitor's shortest wait, by its place and the measured rate; negative: unknown.
func (s status) soonest() time.Duration {
	if s.You == nil || s.Census == nil || s.Rate.High <= 0 || s.Census.At <= s.You.ArrivedAt {
		return -1
	}
	knots, err := census.Unpack(s.Census.Knots)
	if err != nil {
		return -1
	}
	key, err := queue.ParseKey(s.You.Key)
	if err != nil {
		return -1
	}
	upTo, _ := queue.ParseKey(s.Called) // the zero key, when nobody was called
	minutes := float64(knots.Place(key, upTo)) / s.Rate.High
	return time.Duration(math.Min(minutes, 1e5) * float64(time.Minute))
}

// pace is the page's: a visitor asks more often as its turn nears, and at most some 25 times in 20 minutes.
type pace struct {
	random func() float64
	polls  []time.Time
	stall  int
	last   string
}

const (
	pollSpan   = 20 * time.Minute
	pollBudget = 24
)

// next is the time until the next status request.
func (p *pace) next(s status, live bool, now time.Time) time.Duration {
	mark := s.State + s.Called
	if p.stall++; mark != p.last {
		p.stall, p.last = 0, mark
	}
	base := p.base(s, live)
	if opens := time.Duration(s.OpensAt-s.Now) * time.Millisecond; s.State == "scheduled" && base >= opens {
		return opens + p.upTo(10*time.Second)
	}
	jittered := time.Duration(float64(base) * (0.8 + 0.4*p.random()))
	return max(jittered, p.saved(now))
}

func (p *pace) base(s status, live bool) time.Duration {
	slower := math.Min(8, math.Pow(1.25, float64(p.stall)))
	quick := 5 * time.Second
	if live {
		quick = time.Duration(10 * slower * float64(time.Second))
	}
	switch s.State {
	case "scheduled":
		return clamp(time.Duration(s.OpensAt-s.Now)*time.Millisecond/4, 20*time.Second, 5*time.Minute)
	case "paused":
		return time.Minute
	case "closed":
		return 2 * time.Minute
	}
	if soonest := s.soonest(); soonest >= 0 {
		return clamp(soonest/5, quick, 2*time.Minute)
	}
	return time.Duration(10 * slower * float64(time.Second))
}

// saved is the least pause that keeps what is left of the budget for the rest of the span.
func (p *pace) saved(now time.Time) time.Duration {
	p.polls = append(p.polls, now)
	for len(p.polls) > 0 && now.Sub(p.polls[0]) > pollSpan {
		p.polls = p.polls[1:]
	}
	left := pollBudget - len(p.polls)
	rest := p.polls[0].Add(pollSpan).Sub(now)
	switch {
	case left > 10:
		return 0
	case left > 0:
		return rest / time.Duration(left)
	}
	return rest
}

func (p *pace) upTo(most time.Duration) time.Duration {
	return time.Duration(p.random() * float64(most))
}

func clamp(d, low, high time.Duration) time.Duration { return min(max(d, low), high) }
