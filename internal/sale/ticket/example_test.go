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
	const scanned = "29826213732773606832885194886073350146720821052718222235910865966425452495082" +
		"83081509755849082176625566618394733308076418609681040249656263954454019311069" +
		"90862067263175531491200225933493223354716956974464017154985094671050035617288"
	letIn := map[ticket.Claim]bool{}
	for _, code := range []string{scanned, scanned, strings.TrimSuffix(scanned, "8") + "9", "https://example.com"} {
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
