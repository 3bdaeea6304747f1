package admit

import (
	"strconv"
	"strings"
	"time"

	"foyer/internal/room/token"
)

// pace is the least time between two moves of one grant from network to network. It is as long as an access token loads
// pages without asking, so that two networks overlap for that long at most.
const pace = token.AskAgain

// where is from which networks a visitor inside loads pages. It stands in the grant in the place of the connection,
// which nobody needs any more.
type where struct {
	token.Networks
	moved int64 // when a network last took another's place, seconds since 1970; 0: never
}

// String is the form that the grant holds: the networks, and after a move its time.
func (w where) String() string {
	if w.moved == 0 {
		return w.Networks.String()
	}
	return w.Networks.String() + "." + strconv.FormatInt(w.moved, 36)
}

// readWhere reads what String wrote. Anything else, such as the connection of a claim without a network, is nowhere.
func readWhere(s string) where {
	cut := len(s)
	var moved int64
	if strings.Count(s, ".") == 2 {
		cut = strings.LastIndexByte(s, '.')
		moved, _ = strconv.ParseInt(s[cut+1:], 36, 64)
	}
	networks, err := token.ParseNetworks(s[:cut])
	if err != nil {
		return where{}
	}
	return where{networks, moved}
}

// wait is how long until the visit may go on from this network; 0 or less: now.
func (w where) wait(from token.Network, now time.Time) time.Duration {
	if _, moves := w.Add(from); !moves {
		return 0
	}
	return time.Unix(w.moved, 0).Add(pace).Sub(now)
}

// add is where the visitor is after asking from the network.
func (w where) add(from token.Network, now time.Time) where {
	next, moves := w.Add(from)
	w.Networks = next
	if moves {
		w.moved = now.Unix()
	}
	return w
}
