package ticket

import (
	"encoding/base64"

	"rsc.io/qr"
	"rsc.io/qr/coding"
)

// scale is the pixels of a PNG to a module of the code. A ticket's code has 65 modules and 8 of quiet zone on a side,
// so its PNG is 584 pixels wide: printed 6 cm wide, 0.8 mm a module and 250 dots an inch.
const scale = 8

// minVersion is the version of a code of 65 modules on a side.
const minVersion = coding.Version(12)

// QR is a code as a square of black and white modules, without the quiet zone of four modules that must surround it.
type QR struct {
	Size int    `json:"size"` // modules on a side
	Bits string `json:"bits"` // row by row, a bit a module, 1 is black; unpadded base64url
}

// encode makes a QR code of digits, in numeric mode and of level H, which restores up to 30 % of the codewords: a
// ticket is read with a thumb over a third of its side, at the corner without a finder pattern, and a crease through
// it. No level restores a finder pattern. Digits would fit into a code of 53 modules on a side, base 32 into one of 57,
// bytes in base 64 into one of 65; but the larger the modules, the more of them a thumb or a crease takes. So a code
// has 65 modules at least; qr_test.go measures it with a decoder.
func encode(code string) (*qr.Code, error) {
	for v := minVersion; ; v++ {
		plan, err := coding.NewPlan(v, coding.H, 0)
		if err != nil {
			return nil, err
		}
		if c, err := plan.Encode(coding.Num(code)); err == nil {
			return &qr.Code{Bitmap: c.Bitmap, Size: c.Size, Stride: c.Stride, Scale: scale}, nil
		}
	}
}

// PNG returns the code as an image, black on white, with its quiet zone.
func PNG(code string) ([]byte, error) {
	c, err := encode(code)
	if err != nil {
		return nil, err
	}
	return c.PNG(), nil
}

// NewQR returns the code as modules, for pages that draw it themselves.
func NewQR(code string) (QR, error) {
	c, err := encode(code)
	if err != nil {
		return QR{}, err
	}
	bits := make([]byte, (c.Size*c.Size+7)/8)
	for i := range c.Size * c.Size {
		if c.Black(i%c.Size, i/c.Size) {
			bits[i/8] |= 0x80 >> (i % 8)
		}
	}
	return QR{Size: c.Size, Bits: base64.RawURLEncoding.EncodeToString(bits)}, nil
}

// Ticket is one seat's ticket as the buyer's page gets it.
type Ticket struct {
	Seat string `json:"seat"`
	Code string `json:"code"`
	QR   QR     `json:"qr"`
}

// Issue returns the tickets of an order, by its number: one for each seat, in the order of seats.
func (k Keys) Issue(zone, order string, seats []string) ([]Ticket, error) {
	tickets := make([]Ticket, len(seats))
	for i, seat := range seats {
		code, err := k.Sign(Claim{Zone: zone, Order: order, Seat: seat})
		if err != nil {
			return nil, err
		}
		square, err := NewQR(code)
		if err != nil {
			return nil, err
		}
		tickets[i] = Ticket{Seat: seat, Code: code, QR: square}
	}
	return tickets, nil
}
