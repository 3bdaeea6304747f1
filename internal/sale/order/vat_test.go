package order_test

import (
	"slices"
	"testing"

	"foyer/internal/sale/order"
)

func TestTaxes(t *testing.T) {
	for _, c := range []struct {
		price int64
		rate  int
		want  int64
	}{
		{11_900, 1900, 1900}, {10_700, 700, 700}, {4550, 700, 298}, {100, 1900, 16}, {1, 1900, 0}, {0, 1900, 0},
		{99_999_999_999, 2700, 21_259_842_519},
	} {
		if got := (order.Line{Price: c.price, VAT: c.rate}).VATIncluded(); got != c.want {
			t.Errorf("%d at %d: %d, want %d", c.price, c.rate, got, c.want)
		}
	}
	got := order.Taxes([]order.Line{
		{Price: 11_900, VAT: 1900}, {Price: 4550, VAT: 700}, {Price: 4550, VAT: 700}, {Price: 5},
	})
	if want := []order.Tax{{700, 596}, {1900, 1900}}; !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	for rate, want := range map[int]string{700: "7", 1900: "19", 550: "5.5", 2000: "20", 810: "8.1", 10_000: "100"} {
		if got := (order.Tax{Rate: rate}).Percent(); got != want {
			t.Errorf("%d is %s, want %s", rate, got, want)
		}
	}
}
