package mail_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"foyer/internal/sale/currency"
	"foyer/internal/sale/mail"
	"foyer/internal/texts"
)

var update = flag.Bool("update", false, "write the amounts of the pages' tests anew")

// notFigures is all of an amount but its figures.
var notFigures = regexp.MustCompile(`[^0-9.,]`)

// Every currency that a sale may be in: mails, exports and, by the file, pages show the figures that are charged.
func TestTheFiguresOfEveryCurrency(t *testing.T) {
	const file = "../../../infra/site/test/amounts.txt"
	var b strings.Builder
	for _, c := range currency.All() {
		for _, minor := range []int64{c.Least, 1_290_000, 6500, 12_340, 100_000_0 + 5*c.Step} {
			figure := notFigures.ReplaceAllString(mail.Money(minor, strings.ToLower(c.Code), texts.English()), "")
			plain := strings.ReplaceAll(figure, ",", "")
			if !strings.Contains(plain, ".") && c.Digits > 0 {
				plain += "." + strings.Repeat("0", c.Digits)
			}
			if plain != c.Decimal(minor) {
				t.Errorf("%d %s is %s in a mail, and charged as %s", minor, c.Code, figure, c.Decimal(minor))
			}
			fmt.Fprintln(&b, c.Code, c.Digits, minor, figure)
		}
	}
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(file); err != nil || string(want) != b.String() {
		t.Errorf("%s is another (write it with -update): %v", file, err)
	}
}
