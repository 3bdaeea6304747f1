package order

import (
	"testing"
	"time"
)

func TestHowLateOpenOrdersAre(t *testing.T) {
	now := time.UnixMilli(1_790_000_000_000).UTC()
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	for name, c := range map[string]struct {
		open []OpenOrder
		want Lateness
	}{
		"none":                    {nil, Lateness{}},
		"one that still has time": {[]OpenOrder{{Pending, ago(-time.Minute)}}, Lateness{}},
		"one that is past its deadline": {
			[]OpenOrder{{Pending, ago(7 * time.Second)}, {Pending, ago(3 * time.Second)}}, Lateness{Oldest: 7 * time.Second},
		},
		"one that is being captured": {[]OpenOrder{{Authorised, ago(CaptureWithin)}}, Lateness{Oldest: CaptureWithin}},
		"one that should be captured": {
			[]OpenOrder{{Authorised, ago(CaptureWithin + 1)}, {Closing, ago(time.Second)}}, Lateness{CaptureWithin + 1, 1},
		},
		"a refund isn't a missing capture": {[]OpenOrder{{Paid, ago(time.Hour)}}, Lateness{Oldest: time.Hour}},
	} {
		if got := Late(c.open, now); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestSinceWhenAnOrderWaits(t *testing.T) {
	at := func(s int64) time.Time { return time.Unix(s, 0).UTC() }
	o := Order{PayBy: at(1), AuthorisedAt: at(2), RefundAt: at(3)}
	for state, want := range map[State]time.Time{
		Pending: at(1), Closing: at(1), Authorised: at(2), Paid: at(3), Refunded: {}, Expired: {}, Cancelled: {},
	} {
		o.State = state
		if got := o.OverdueFrom(); !got.Equal(want) {
			t.Errorf("%s waits since %v, want %v", state, got, want)
		}
	}
	o.State = Paid
	o.FailedRefunds = []FailedRefund{{AskedAt: at(4), DoneAt: at(5)}, {AskedAt: at(7)}, {AskedAt: at(6)}, {}}
	if got := o.OverdueFrom(); !got.Equal(at(6)) {
		t.Errorf("with refunds that are made again it waits since %v", got)
	}
	o.PartialRefunds = []PartialRefund{{AskedAt: at(5), DoneAt: at(6)}, {AskedAt: at(6)}, {AskedAt: at(5)}}
	if got := o.OverdueFrom(); !got.Equal(at(5)) {
		t.Errorf("with refunds of seats it waits since %v", got)
	}
}
