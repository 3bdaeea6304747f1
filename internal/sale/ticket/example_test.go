package ticket_test

import (
	"fmt"
	"strings"

	"foyer/internal/sale/ticket"
)

// A scanner holds the public keys, as `foyerctl ticket keys` prints them, and needs no connection.
func ExampleKeys_Verify() {
	scanner, err := ticket.ParsePublic(`{"keys":[{"kid":"t1","public":"n6BiHoSvtFXtCvtDQ8OzR3id0PdC7AZvCEbeB5egLr0"}]}`)
	if err != nil {
		fmt.Println(err)
		return
	}
	const scanned = "FOYER1.t1.main.0123456789abcdef0123456789abcdef.stalls-C-12." +
		"tBTCqambYww8vKbNUHuMR0sMKyIggffO9lAwkI3JX0EH1zOIoVnGNJ5Qy4Vpx3lC5oj6Hv1qMgLgRuzX_sJoBg"
	letIn := map[ticket.Claim]bool{}
	for _, code := range []string{scanned, scanned, strings.Replace(scanned, "C-12", "C-13", 1), "https://example.com"} {
		claim, err := scanner.Verify(code)
		switch {
		case err != nil:
			fmt.Println("REFUSED:", err)
		case letIn[claim]: // a copy verifies too: only the scanner knows
			fmt.Println("REFUSED: seat", claim.Seat, "is inside already")
		default:
			letIn[claim] = true
			fmt.Println("good: seat", claim.Seat, "in zone", claim.Zone)
		}
	}
	// Output:
	// good: seat stalls-C-12 in zone main
	// REFUSED: seat stalls-C-12 is inside already
	// REFUSED: unauthorized: this ticket is forged or damaged
	// REFUSED: unauthorized: this is not one of our tickets
}
