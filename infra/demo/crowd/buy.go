package crowd

import (
	"fmt"
	"math/rand/v2"
)

// MaxSeats is the most seats that a buyer of a crowd wants.
const MaxSeats = 8

// Domain is the domain of every mailbox of a crowd.
const Domain = "crowd.example"

// Buy says what visitors of a crowd do about seats once they are inside. Shares are 0 to 1; the zero Buy only looks
// around.
type Buy struct {
	Share   float64 `json:"share"`   // of visitors inside: come to buy
	Seats   int     `json:"seats"`   // how many a buyer wants at most, 1 to MaxSeats; 0: 2
	DropOut float64 `json:"dropOut"` // of buyers: leave silently, at some step
	Decline float64 `json:"decline"` // of payments: the card is refused; every other buyer then has another card
	Trouble float64 `json:"trouble"` // of payments: slow or hanging; the webhook twice, late, never or badly signed
	Sharing float64 `json:"sharing"` // of buyers: several give the same mailbox, spelled differently

	GiveBack bool `json:"giveBack"` // every buyer gives the seats back, and nobody orders
}

// Validate says what is wrong.
func (b Buy) Validate() error {
	for _, share := range []float64{b.Share, b.DropOut, b.Decline, b.Trouble, b.Sharing} {
		if !within(share, 0, 1) {
			return fmt.Errorf("the shares of buyers must be 0 to 1")
		}
	}
	if b.Seats < 0 || b.Seats > MaxSeats {
		return fmt.Errorf("a buyer wants 1 to %d seats", MaxSeats)
	}
	return nil
}

// step is a point in a purchase at which a buyer drops out.
type step int

const (
	nowhere step = iota // goes all the way
	looking             // before anything is chosen
	chosen              // with seats locked
	ordered             // on the payment page
	charged             // having paid, without waiting for the answer
	steps
)

// purchase is one buyer's intention, all of it drawn before the first step, so that a seed gives the same buyers
// however fast the machine is.
type purchase struct {
	seats           int
	best            bool // asks for the best seats instead of clicking
	swaps           bool // changes the choice once
	relents         bool // gives everything up again
	restarts        bool // comes back from the payment page and checks out again
	dawdles         bool // looks for the card until it may be too late
	drops           step
	declined        bool
	again           bool // has another card
	outcome         string
	webhook         string
	email, name     string
	key, anotherKey string // of idempotency
}

// The knobs of the payment page, without and with trouble.
var (
	outcomes = []string{"approve", "approve", "slow", "timeout"}
	webhooks = []string{"twice", "late", "never", "bad"}
)

// mailboxes is the number of mailboxes for the buyers who share them.
const mailboxes = 12

// intend draws what the number-th visitor would buy; nil: nothing.
func (b Buy) intend(seed, number uint64) *purchase {
	r := rand.New(rand.NewPCG(seed^0xb0ca, number+1))
	if r.Float64() >= b.Share {
		return nil
	}
	most := b.Seats
	if most == 0 {
		most = 2
	}
	p := &purchase{
		seats: 1 + r.IntN(most), best: r.IntN(2) == 0, swaps: r.IntN(6) == 0, relents: r.IntN(20) == 0,
		restarts: r.IntN(20) == 0, dawdles: r.IntN(16) == 0,
		outcome: "approve", webhook: "now", name: fmt.Sprintf("Buyer %d", number+1),
		email:      fmt.Sprintf("buyer.%d.%d@%s", seed, number+1, Domain),
		key:        fmt.Sprintf("%016x%016x", r.Uint64(), r.Uint64()),
		anotherKey: fmt.Sprintf("%016x%016x", r.Uint64(), r.Uint64()),
	}
	if r.Float64() < b.DropOut {
		p.drops = looking + step(r.IntN(int(steps-looking)))
	}
	p.declined, p.again = r.Float64() < b.Decline, r.IntN(2) == 0
	if r.Float64() < b.Trouble {
		p.outcome, p.webhook = outcomes[r.IntN(len(outcomes))], webhooks[r.IntN(len(webhooks))]
	}
	if r.Float64() < b.Sharing {
		p.email = fmt.Sprintf("Family%d.%d+%d@%s", seed, r.IntN(mailboxes), number+1, Domain)
	}
	if b.GiveBack {
		p.relents, p.drops = true, nowhere
	}
	return p
}
