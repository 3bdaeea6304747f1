package ticket_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"foyer/internal/sale/ticket"
)

// What a code must survive, in per cent of a side: on a code printed 6 cm wide, as the page prints it also on A6, a
// thumb of 2 cm over the corner that has no finder pattern, and with it a crease of 2 mm that takes the print off.
const (
	thumb  = 34
	crease = 4
)

// printed is the image of a ticket, as a mail shows it, and the code in it.
func printed(t *testing.T, n int) (*image.Gray, string) {
	t.Helper()
	code := sign(t, keys(t, secret), ticket.Claim{
		Zone: "main", Order: "K7M2P9QX4R", Seat: fmt.Sprintf("stalls-12-%d", n),
	})
	raw, err := ticket.PNG(code)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	gray := image.NewGray(img.Bounds())
	draw.Draw(gray, gray.Bounds(), img, image.Point{}, draw.Src)
	return gray, code
}

func scan(img image.Image) string {
	b, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		return err.Error()
	}
	got, err := qrcode.NewQRCodeReader().Decode(b, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		return fmt.Sprintf("%T", err)
	}
	return got.GetText()
}

// spoil covers parts of the code, given in per cent of a side, with a shade of grey.
func spoil(img *image.Gray, shade uint8, parts ...image.Rectangle) *image.Gray {
	out := image.NewGray(img.Bounds())
	draw.Draw(out, out.Bounds(), img, image.Point{}, draw.Src)
	quiet := 4 * 8
	side := img.Bounds().Dx() - 2*quiet
	for _, p := range parts {
		at := func(x, y int) image.Point { return image.Pt(quiet+side*x/100, quiet+side*y/100) }
		r := image.Rectangle{at(p.Min.X, p.Min.Y), at(p.Max.X, p.Max.Y)}
		draw.Draw(out, r, image.NewUniform(color.Gray{Y: shade}), image.Point{}, draw.Src)
	}
	return out
}

// The decoder here needs the alignment pattern in the corner under the thumb, and now and then it takes chance modules
// beside the thumb for it: that is not for error correction to mend, so one ticket in ten may be unreadable so.
func TestACodeSurvivesAThumbAndAFold(t *testing.T) {
	folds := map[string]func(at int) image.Rectangle{
		"down":   func(at int) image.Rectangle { return image.Rect(at, 0, at+crease, 100) },
		"across": func(at int) image.Rectangle { return image.Rect(0, at, 100, at+crease) },
	}
	unread := map[int]string{}
	for n := range 10 {
		img, code := printed(t, n)
		if got := scan(spoil(img, 128, image.Rect(50, 50, 100, 100))); got != code {
			unread[n] = "thumb over half of a side: " + got
		}
		for name, fold := range folds {
			for at := 25; at <= 75; at += 10 {
				folded := spoil(img, 255, fold(at))
				if got := scan(folded); got != code {
					t.Errorf("ticket %d, fold %s at %d %%: %s", n, name, at, got)
				}
				shade := []uint8{0, 128, 255}[(n+at/10)%3]
				if got := scan(spoil(folded, shade, image.Rect(100-thumb, 100-thumb, 100, 100))); got != code {
					unread[n] = fmt.Sprintf("thumb of grey %d, fold %s at %d %%: %s", shade, name, at, got)
				}
			}
		}
	}
	if len(unread) > 1 {
		t.Errorf("%d tickets of 10 are not read: %v", len(unread), unread)
	}
}

// A camera that sees two pixels to a module, which is a code 146 pixels wide, still reads it.
func TestACodeIsReadFromAfar(t *testing.T) {
	img, code := printed(t, 34)
	const step = 4 // pixels of the image to one of the camera
	small := image.NewGray(image.Rect(0, 0, img.Bounds().Dx()/step, img.Bounds().Dy()/step))
	for i := range small.Pix {
		x, y, sum := i%small.Stride*step, i/small.Stride*step, 0
		for j := range step * step {
			sum += int(img.GrayAt(x+j%step, y+j/step).Y)
		}
		small.Pix[i] = uint8(sum / (step * step))
	}
	if got := scan(small); got != code {
		t.Errorf("%d pixels wide: %s", small.Bounds().Dx(), got)
	}
}

// Zone, order and seat may be long; the code must still be one that can be made.
func TestTheLongestCodeHasAnImage(t *testing.T) {
	long := strings.Repeat("x", 64)
	code := sign(t, keys(t, secret), ticket.Claim{Zone: long, Order: long, Seat: long})
	if _, err := ticket.PNG(code); err != nil || len(code) > ticket.MaxCode {
		t.Errorf("%d characters: %v", len(code), err)
	}
}
