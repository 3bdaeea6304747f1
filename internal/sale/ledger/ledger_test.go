package ledger_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"foyer/internal/sale/ledger"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
	"foyer/internal/testkit/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var noon = time.Date(2026, 11, 21, 12, 0, 0, 123_456_000, time.UTC)

func sleep(context.Context, time.Duration) error { time.Sleep(time.Millisecond); return nil }

func open(t *testing.T, url string) *ledger.Book {
	b := &ledger.Book{Connect: func(ctx context.Context) (*pgx.Conn, error) { return pgx.Connect(ctx, url) }, Sleep: sleep}
	t.Cleanup(func() { b.Close(context.Background()) })
	return b
}

func paid(id string, seats ...string) order.Order {
	o := order.Order{
		ID:       id,
		Number:   "N" + id,
		Zone:     "main",
		Seller:   "Hall",
		VATID:    "DE1",
		Name:     "Ada",
		Currency: "eur",
		State:    order.Paid,
		PaidAt:   noon,
		Payment:  "pi_" + id,
		PayBy:    noon,
	}
	for _, s := range seats {
		section, _, _ := strings.Cut(s, "-")
		label := seat.Label{Section: "Stalls", Seat: s}
		o.Lines = append(o.Lines, order.Line{
			Section: section, Seat: s, Label: label, Category: "A", Type: "child", Price: 4550, VAT: 700,
		})
		o.Amount += 4550
	}
	return o
}

func refunded(o order.Order) order.Order {
	o.State, o.RefundAt, o.EndedAt = order.Refunded, noon.Add(time.Minute), noon.Add(2*time.Minute)
	return o
}

func record(t *testing.T, b *ledger.Book, o order.Order) int {
	t.Helper()
	n, err := b.Record(t.Context(), ledger.EntriesOf(o)...)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func rows(t *testing.T, b *ledger.Book) []ledger.Entry {
	t.Helper()
	all, err := b.Entries(t.Context(), "main")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestARowPerSeatOnceWhateverIsRedelivered(t *testing.T) {
	b := open(t, pgtest.New(t))
	sold := paid("o1", "A-1-1", "A-1-2")
	for i, want := range []int{2, 0, 0} {
		if n := record(t, b, sold); n != want {
			t.Errorf("delivery %d added %d rows, want %d", i+1, n, want)
		}
	}
	if n := record(t, b, refunded(sold)); n != 2 {
		t.Errorf("the refund added %d rows", n)
	}
	if n := record(t, b, sold); n != 0 {
		t.Errorf("the late sale added %d rows", n)
	}
	if diff := differ(rows(t, b), ledger.EntriesOf(refunded(sold))); diff != "" {
		t.Error(diff)
	}
}

func TestAClosedBookHasNoConnection(t *testing.T) {
	b := open(t, pgtest.New(t))
	var conn *pgx.Conn
	connect := b.Connect
	b.Connect = func(ctx context.Context) (_ *pgx.Conn, err error) {
		conn, err = connect(ctx)
		return conn, err
	}
	record(t, b, paid("o1", "A-1-1"))
	if err := b.Close(t.Context()); err != nil || !conn.IsClosed() {
		t.Errorf("closed: %v, %v", conn.IsClosed(), err)
	}
}

func TestARefundThatComesFirstBringsItsSaleAlong(t *testing.T) {
	b := open(t, pgtest.New(t))
	sold := paid("o1", "A-1-1")
	if n := record(t, b, refunded(sold)); n != 2 {
		t.Errorf("added %d rows", n)
	}
	if n := record(t, b, sold); n != 0 {
		t.Errorf("the sale added %d rows more", n)
	}
}

// What came back is of the seats that it was for.
func TestARefundThatFailedIsOfItsSeats(t *testing.T) {
	o := refunded(paid("o1", "A-1-1", "A-1-2"))
	o.FailedRefunds = []order.FailedRefund{{ID: "re_1", Seats: []string{"A-1-2"}, Amount: 4550, At: noon.Add(time.Hour)}}
	var seats []string
	for _, e := range ledger.EntriesOf(o) {
		if e.Kind == ledger.RefundFailed {
			seats = append(seats, e.Seat)
		}
	}
	if !slices.Equal(seats, []string{"A-1-2"}) {
		t.Errorf("refunds of %v failed", seats)
	}
}

// A refund that came back takes its sum out of the totals again, until it is made again; the seats stay refused.
func TestARefundThatFailedAndWasMadeAgain(t *testing.T) {
	b := open(t, pgtest.New(t))
	o := refunded(paid("o1", "A-1-1", "A-1-2"))
	failed, again := o, o
	failed.FailedRefunds = []order.FailedRefund{
		{ID: "re_1", Seats: []string{"A-1-1", "A-1-2"}, Amount: 9100, At: noon.Add(time.Hour)},
	}
	again.FailedRefunds = slices.Clone(failed.FailedRefunds)
	again.FailedRefunds[0].AskedAt, again.FailedRefunds[0].DoneAt = noon.Add(2*time.Hour), noon.Add(3*time.Hour)
	for _, c := range []struct {
		order    order.Order
		added    int
		totals   []string // refunded, paid back, net
		refusals int
	}{
		{o, 4, []string{"2", "9100", "0"}, 2},
		{failed, 2, []string{"0", "0", "9100"}, 2},
		{failed, 0, []string{"0", "0", "9100"}, 2},
		{again, 2, []string{"2", "9100", "0"}, 2},
		{o, 0, []string{"2", "9100", "0"}, 2},
	} {
		if n := record(t, b, c.order); n != c.added {
			t.Errorf("added %d rows, want %d", n, c.added)
		}
		totals, denied := exported(t, b, "totals"), exported(t, b, "denied")
		column := func(name string) string { return totals[1][slices.Index(totals[0], name)] }
		if got := []string{column("refunded"), column("paid_back"), column("net")}; !slices.Equal(got, c.totals) {
			t.Errorf("the totals are %v, want %v", got, c.totals)
		}
		if len(denied)-1 != c.refusals {
			t.Errorf("%d tickets are refused, want %d", len(denied)-1, c.refusals)
		}
	}
}

func exported(t *testing.T, b *ledger.Book, name string) [][]string {
	t.Helper()
	var out bytes.Buffer
	if err := b.Export(t.Context(), &out, name, "main"); err != nil {
		t.Fatal(err)
	}
	all, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(all) < 2 {
		t.Fatalf("%q, %v", all, err)
	}
	return all
}

func TestASeatsRefundIsARowOfItsOwn(t *testing.T) {
	b := open(t, pgtest.New(t))
	sold := paid("o1", "A-1-1", "A-1-2")
	asked, part := sold, sold
	asked.PartialRefunds = []order.PartialRefund{{Seats: []string{"A-1-2"}, Amount: 4550, AskedAt: noon}}
	part.PartialRefunds = []order.PartialRefund{
		{Seats: []string{"A-1-2"}, Amount: 4550, AskedAt: noon, DoneAt: noon.Add(time.Minute)},
	}
	all := refunded(part)
	for i, c := range []struct {
		order order.Order
		added int
	}{{asked, 2}, {part, 1}, {sold, 0}, {all, 1}, {part, 0}} {
		if n := record(t, b, c.order); n != c.added {
			t.Errorf("job %d added %d rows, want %d", i, n, c.added)
		}
	}
	at := map[string]time.Time{}
	for _, e := range rows(t, b) {
		if e.Kind == ledger.Refund {
			at[e.Seat] = e.At
		}
	}
	if !at["A-1-2"].Equal(noon.Add(time.Minute)) || !at["A-1-1"].Equal(noon.Add(2*time.Minute)) {
		t.Errorf("refunded at %v", at)
	}
}

func TestWhatWasNeverSoldIsInNoBook(t *testing.T) {
	never := paid("o1", "A-1-1")
	never.State, never.PaidAt, never.EndedAt = order.Refunded, time.Time{}, noon // charged, given back, never sold
	if got := ledger.EntriesOf(never); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestManyAtOnceAddEachRowOnce(t *testing.T) {
	url := pgtest.New(t)
	var mu sync.Mutex
	var wg sync.WaitGroup
	added := 0
	for range 8 {
		b := open(t, url) // each also migrates the empty database
		wg.Go(func() {
			for _, o := range []order.Order{paid("o1", "A-1-1", "A-1-2"), paid("o2", "A-1-3"), refunded(paid("o2", "A-1-3"))} {
				n, err := b.Record(t.Context(), ledger.EntriesOf(o)...)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				added += n
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if got := len(rows(t, open(t, url))); added != 4 || got != 4 {
		t.Errorf("%d rows were added, %d are there, want 4", added, got)
	}
}

func TestTheSameSaleToldDifferentlyIsRefusedWhole(t *testing.T) {
	b := open(t, pgtest.New(t))
	record(t, b, paid("o1", "A-1-1"))
	other := paid("o1", "A-1-1", "A-1-2")
	other.Lines[0].Price = 1
	_, err := b.Record(t.Context(), ledger.EntriesOf(other)...)
	var mismatch *ledger.MismatchError
	if !errors.As(err, &mismatch) || mismatch.Want.Amount != 1 || mismatch.Have.Amount != 4550 {
		t.Errorf("%v", err)
	}
	if got := rows(t, b); len(got) != 1 || got[0].Amount != 4550 {
		t.Errorf("the books now hold %+v", got)
	}
}

func TestABrokenConnectionIsReplaced(t *testing.T) {
	url := pgtest.New(t)
	b := open(t, url)
	record(t, b, paid("o1", "A-1-1"))
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`); err != nil {
		t.Fatal(err)
	}
	if n := record(t, b, paid("o2", "A-1-2")); n != 1 {
		t.Errorf("added %d rows", n)
	}
}

func TestMigratingAgainChangesNothing(t *testing.T) {
	b := open(t, pgtest.New(t))
	first, err := b.Migrate(t.Context())
	if err != nil || first == 0 {
		t.Fatalf("%d steps, %v", first, err)
	}
	if again, err := b.Migrate(t.Context()); again != 0 || err != nil {
		t.Errorf("again: %d steps, %v", again, err)
	}
}

// Which steps were made is known, or none is made.
func TestNothingIsMigratedWhileTheVersionCannotBeRead(t *testing.T) {
	url := pgtest.New(t)
	b := open(t, url)
	if _, err := b.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	direct, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer direct.Close(t.Context())
	for _, sql := range []string{
		"ALTER TABLE ledger_migrations ALTER version TYPE numeric",
		"INSERT INTO ledger_migrations (version, name) VALUES (1000.5, 'half')",
	} {
		if _, err := direct.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if steps, err := b.Migrate(t.Context()); err == nil || steps != 0 {
		t.Errorf("%d steps, %v", steps, err)
	}
}

func TestTheNamesOfOrdersThatAreBookedTogether(t *testing.T) {
	b := open(t, pgtest.New(t))
	other := paid("o2", "A-1-3")
	other.Name = "Grace"
	want := append(ledger.EntriesOf(paid("o1", "A-1-1", "A-1-2")), ledger.EntriesOf(other)...)
	if _, err := b.Record(t.Context(), want...); err != nil {
		t.Fatal(err)
	}
	for i, e := range rows(t, b) {
		if e.Name != want[i].Name || e.Order != want[i].Order {
			t.Errorf("row %d is of %s by %q", i, e.Order, e.Name)
		}
	}
}

func TestExports(t *testing.T) {
	b := open(t, pgtest.New(t))
	evil := paid("o1", "A-1-1", "B-1-1")
	evil.Name = `=HYPERLINK("http://evil.example","Ada, ""O'Neil""")`
	record(t, b, evil)
	record(t, b, refunded(paid("o2", "A-1-2")))
	for name, want := range map[string][][]string{
		"doors": {
			{"section", "seat", "label", "category", "type", "name", "number", "sold_at"},
			{"A", "A-1-1", "Stalls, place A-1-1", "A", "child", "'" + evil.Name, "No1", "2026-11-21T12:00:00.123Z"},
			{"B", "B-1-1", "Stalls, place B-1-1", "A", "child", "'" + evil.Name, "No1", "2026-11-21T12:00:00.123Z"},
		},
		"denied": {
			{"number", "seat", "refunded_at"},
			{"No2", "A-1-2", "2026-11-21T12:02:00.123Z"},
		},
		"minutes": {
			{"section", "minute", "seats", "amount", "currency", "digits"},
			{"A", "2026-11-21T12:00:00.000Z", "2", "9100", "eur", "2"},
			{"B", "2026-11-21T12:00:00.000Z", "1", "4550", "eur", "2"},
		},
		"totals": {
			{"section", "category", "type", "sold", "refunded", "gross", "paid_back", "net", "currency", "digits"},
			{"A", "A", "child", "2", "1", "9100", "4550", "4550", "eur", "2"},
			{"B", "A", "child", "1", "0", "4550", "0", "4550", "eur", "2"},
		},
		"refunds": {
			{"refunded_at", "sold_at", "number", "order", "payment", "seat", "section", "category", "type", "amount",
				"currency", "name", "digits"},
			{"2026-11-21T12:02:00.123Z", "2026-11-21T12:00:00.123Z", "No2", "o2", "pi_o2", "A-1-2", "A", "A", "child", "4550",
				"eur",
				"Ada", "2"},
		},
		"finance": {
			{"at", "kind", "number", "order", "payment", "seat", "section", "category", "type",
				"amount", "vat", "vat_rate", "seller", "vat_id", "currency", "digits"},
			{"2026-11-21T12:00:00.123Z", "sale", "No1", "o1", "pi_o1", "A-1-1", "A", "A", "child",
				"4550", "298", "700", "Hall", "DE1", "eur", "2"},
			{"2026-11-21T12:00:00.123Z", "sale", "No1", "o1", "pi_o1", "B-1-1", "B", "A", "child",
				"4550", "298", "700", "Hall", "DE1", "eur", "2"},
			{"2026-11-21T12:00:00.123Z", "sale", "No2", "o2", "pi_o2", "A-1-2", "A", "A", "child",
				"4550", "298", "700", "Hall", "DE1", "eur", "2"},
			{"2026-11-21T12:02:00.123Z", "refund", "No2", "o2", "pi_o2", "A-1-2", "A", "A", "child",
				"-4550", "-298", "700", "Hall", "DE1", "eur", "2"},
		},
	} {
		var out bytes.Buffer
		if err := b.Export(t.Context(), &out, name, "main"); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		text, marked := strings.CutPrefix(out.String(), "\ufeff")
		got, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if !marked {
			t.Errorf("%s: Excel would read it in another encoding", name)
		}
		if err != nil || !slices.EqualFunc(got, want, slices.Equal) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	err := b.Export(t.Context(), &bytes.Buffer{}, "nothing", "main")
	if err == nil || !strings.Contains(err.Error(), `no export "nothing"`) {
		t.Error("an export that isn't there")
	}
	if len(ledger.Exports) != 6 {
		t.Error("an export is not tested")
	}
}

func differ(got, want []ledger.Entry) string {
	key := func(a, b ledger.Entry) int {
		return strings.Compare(a.Order+a.Seat+string(a.Kind), b.Order+b.Seat+string(b.Kind))
	}
	slices.SortFunc(got, key)
	slices.SortFunc(want, key)
	if !slices.Equal(got, want) {
		return strings.TrimSpace(strings.Join([]string{"the books hold other rows than told"}, ""))
	}
	return ""
}

// A name that was erased stays so, whatever is booked again, and the books are as they were.
func TestANameIsErasedForGood(t *testing.T) {
	at := pgtest.New(t)
	b, _ := asWriter(t, at)
	owner := open(t, at)
	record(t, b, paid("o1", "A-1-1", "A-1-2"))
	record(t, b, paid("o2", "A-1-3"))
	for range 2 {
		if err := owner.Erase(t.Context(), "o1"); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Erase(t.Context(), "o2"); err == nil {
		t.Error("the bookkeeper erases names")
	}
	record(t, b, refunded(paid("o1", "A-1-1", "A-1-2")))
	for _, e := range rows(t, owner) {
		if want := map[string]string{"o2": "Ada"}[e.Order]; e.Name != want || e.Amount != 4550 {
			t.Errorf("%+v", e)
		}
	}
	if err := owner.Erase(t.Context(), "o3"); err != nil { // before its first booking
		t.Fatal(err)
	}
	record(t, b, paid("o3", "A-1-4"))
	var out bytes.Buffer
	if err := owner.Export(t.Context(), &out, "doors", "main"); err != nil || strings.Count(out.String(), "Ada") != 1 {
		t.Errorf("%v: %s", err, &out)
	}
}
