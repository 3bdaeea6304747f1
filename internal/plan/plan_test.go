package plan_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"foyer/internal/plan"
	"foyer/internal/problem"
	"foyer/internal/room/zone"
	_ "foyer/internal/testkit/sameseed"
)

func small() plan.Sale {
	return plan.Sale{
		Visitors:            10_000,
		PeakMinute:          1_000,
		Capacity:            500,
		Rate:                200,
		Session:             2 * time.Minute,
		ReservedConcurrency: 17,
	}
}

func million() plan.Sale {
	return plan.Sale{
		Visitors:            1_000_000,
		PeakMinute:          400_000,
		Capacity:            50_000,
		Rate:                5_000,
		Session:             10 * time.Minute,
		ReservedConcurrency: 17,
	}
}

func of(t *testing.T, s plan.Sale) plan.Plan {
	t.Helper()
	p, err := plan.New(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestASmallSaleNeedsNothing(t *testing.T) {
	p := of(t, small())
	for _, q := range p.Quotas {
		if q.Raise != 0 {
			t.Errorf("%s: raise to %v", q.Name, q.Raise)
		}
	}
	for _, table := range p.Tables {
		if table.Warm() {
			t.Errorf("warm %s", table.Name)
		}
	}
	if p.Zone != (plan.Zone{QueueShards: 4, GrantShards: 1}) || len(p.Warnings) != 0 {
		t.Errorf("%+v, warnings %q", p.Zone, p.Warnings)
	}
	if p.Line.Minutes != 50 || p.Line.Wait != 25 || p.Line.Waiting != 10_000-200*10 {
		t.Errorf("%+v", p.Line)
	}
}

// Every figure of a sale that hurts, worked out by hand from the quotas.
func TestAMillionVisitors(t *testing.T) {
	p := of(t, million())
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > want/100 {
			t.Errorf("%s: %v, want about %v", what, got, want)
		}
	}
	near("arrivals in the busiest second", p.Line.PeakSecond, 13_333)
	near("minutes", p.Line.Minutes, 200)
	near("half an hour to connect", p.Line.Connecting, 33.3)
	near("share over HTTP first", p.Line.ByHTTP, 1-30_000.0/400_000)
	near("new sockets a second", p.Quotas[0].Needs, 6_667)
	near("Lambda concurrency", p.Quotas[2].Needs, (13_333*1.925+2*5_000/60.0+50_000/90.0)/10+17)
	if got := p.Zone; got != (plan.Zone{QueueShards: 52, GrantShards: 3}) {
		t.Errorf("%+v", got)
	}
	queue := p.Tables[0]
	near("writes of the queue", queue.Writes, 13_333*1.925+83)
	near("warmed to", queue.WarmWrites, 31_000)
	text := strings.Join(p.Warnings, "\n")
	if !strings.Contains(text, "register over HTTP first") {
		t.Errorf("warnings %q", text)
	}
	near("write units", p.Costs[0].Quantity, 1_000_000*(1.925+3.0833))
	near("dollars for them", p.Costs[0].Dollars, 1_000_000*(1.925+3.0833)*0.625e-6)
}

func TestWhatBindsIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*plan.Sale)
		bound  string
		warns  string
	}{
		"the rate":     {func(*plan.Sale) {}, "rate", ""},
		"the capacity": {func(s *plan.Sale) { s.Capacity = 100 }, "capacity", "capacity binds"},
		"the ticks": {func(s *plan.Sale) { s.Rate, s.Capacity, s.Session = 200_000, 320_000, 30*time.Second },
			"ticks", "at most 1200 a second"},
		"nothing but patience": {func(s *plan.Sale) { s.Rate = 1 }, "rate", "takes 167 hours"},
	} {
		s := small()
		c.change(&s)
		p := of(t, s)
		if warnings := strings.Join(p.Warnings, "\n"); p.Line.Bound != c.bound || !strings.Contains(warnings, c.warns) {
			t.Errorf("%s: bound by %s, warnings %q", name, p.Line.Bound, warnings)
		}
	}
}

func TestWhatMakesNoSenseIsNamed(t *testing.T) {
	for word, change := range map[string]func(*plan.Sale){
		"visitors":    func(s *plan.Sale) { s.Visitors = 0 },
		"peak-minute": func(s *plan.Sale) { s.PeakMinute = s.Visitors + 1 },
		"capacity":    func(s *plan.Sale) { s.Capacity = 320_001 }, "rate": func(s *plan.Sale) { s.Rate = 0 },
		"session": func(s *plan.Sale) { s.Session = time.Second }, "wait": func(s *plan.Sale) { s.Wait = -1 },
		"seats must": func(s *plan.Sale) { s.Seats = -1 }, "seats-per-order": func(s *plan.Sale) { s.PerOrder = 9 },
	} {
		s := small()
		change(&s)
		if _, err := plan.New(s); problem.CodeOf(err) != problem.Invalid || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}

// A bigger crowd never needs less, and what is advised is always something that a zone may have.
func TestMoreVisitorsNeedNoLess(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := plan.Sale{
			Visitors: rapid.IntRange(1, 5_000_000).Draw(r, "visitors"), Capacity: rapid.IntRange(1, 320_000).Draw(r, "capacity"),
			Rate:    rapid.IntRange(1, zone.MaxRate).Draw(r, "rate"),
			Session: time.Duration(rapid.IntRange(30, 7200).Draw(r, "session")) * time.Second,
		}
		s.PeakMinute = rapid.IntRange(1, s.Visitors).Draw(r, "peak")
		s.Seats = rapid.SampledFrom([]int{0, 0, 300, 50_000, 1_000_000}).Draw(r, "seats")
		bigger := s
		bigger.Visitors, bigger.PeakMinute = 2*s.Visitors, 2*s.PeakMinute
		a, err := plan.New(s)
		b, err2 := plan.New(bigger)
		if err != nil || err2 != nil {
			r.Fatal(err, err2)
		}
		for i := range a.Quotas {
			if b.Quotas[i].Needs < a.Quotas[i].Needs {
				r.Errorf("%s: %v for twice the crowd of %v", a.Quotas[i].Name, b.Quotas[i].Needs, a.Quotas[i].Needs)
			}
		}
		if b.Total < a.Total || b.Zone.QueueShards < a.Zone.QueueShards {
			r.Errorf("%v and %d shards, for twice the crowd %v and %d", a.Total, a.Zone.QueueShards, b.Total, b.Zone.QueueShards)
		}
		for _, p := range []plan.Plan{a, b} {
			z := zone.New("main")
			z.QueueShards, z.GrantShards = p.Zone.QueueShards, p.Zone.GrantShards
			z.Capacity, z.Rate, z.Session = s.Capacity, s.Rate, s.Session
			if err := z.Validate(); err != nil {
				r.Error(err)
			}
		}
	})
}

func TestThePlanIsPrintedWithWhatToType(t *testing.T) {
	var out strings.Builder
	if err := of(t, million()).Print(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"1,000,000 visitors", `warm = "queue=31000/12000"`, "api-quota = 42000",
		"foyerctl zone create main --capacity 50000 --rate 5000 --session 10m --queue-shards 52 --grant-shards 3",
		"if it isn't raised: sockets connect later", "in all", "check AWS's price pages"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q isn't in\n%s", want, out.String())
		}
	}
}

func selling() plan.Sale {
	s := million()
	s.Capacity, s.Rate, s.Seats, s.PerOrder = 5_000, 500, 50_000, 2
	return s
}

// A sale of fifty thousand seats, worked out by hand.
func TestASaleOfSeats(t *testing.T) {
	p := of(t, selling())
	if b := p.Buying; b.Orders != 25_000 || b.Entering != 37_500 || b.Choices != 25 || b.Maps != 5_000 ||
		b.Messages != 4_000 ||
		!b.Hushed ||
		b.Sections != 1 {
		t.Errorf("%+v", b)
	}
	if p.Line.Minutes != 75 || math.Abs(p.Line.Wait-75*(1-0.0375/2)) > 0.01 {
		t.Errorf("%v minutes, %v of waiting", p.Line.Minutes, p.Line.Wait)
	}
	needs := map[string]float64{}
	for _, q := range p.Quotas {
		needs[q.Name] = q.Needs
	}
	for name, want := range map[string]float64{
		"Stripe: requests a second of the account": 500.0 / 60 * 6, "SES: mails a second": 500.0 / 60,
		"Stripe: requests a second of one endpoint (looks)": 500.0 / 60 * 4, // one for each event that it sends
		// Registrations, entering and leaving, renewals, choices, orders and their pages, fan-out; the pushes, the looks
		// and the maps; the pings; an announcement.
		"API Gateway: requests a second (HTTP, WebSocket, @connections)": 13_333*1.925 + 1000.0/60 + 5_000/90.0 + 25 +
			500.0/60*20 + 10 + 500.0/60 + 2_000 + 4_000 + 998_750/300.0 + 3_000,
	} {
		if math.Abs(needs[name]-want) > want/1000 {
			t.Errorf("%s: %v, want %v", name, needs[name], want)
		}
	}
	alone := selling()
	alone.Seats = 0
	if quiet := of(t, alone); len(quiet.Tables) != 3 || len(quiet.Quotas) != 5 || quiet.Buying != (plan.Buying{}) ||
		quiet.Line.Minutes != 2_000 {
		t.Errorf(
			"no seats: %d tables, %d quotas, %+v, %v minutes",
			len(quiet.Tables),
			len(quiet.Quotas),
			quiet.Buying,
			quiet.Line.Minutes,
		)
	}
}

func TestASaleThatIsTooFastSaysWhere(t *testing.T) {
	s := selling()
	s.Capacity, s.Rate, s.Seats, s.PerOrder, s.Session = 100_000, 12_000, 500_000, 4, 5*time.Minute
	p := of(t, s)
	for _, q := range p.Quotas[4:6] {
		if q.Raise == 0 {
			t.Errorf("%s: %v is said to be enough", q.Name, q.Needs)
		}
	}
	if p.Buying.Sections != 13 || !strings.Contains(strings.Join(p.Warnings, "\n"), "13 sections or more") {
		t.Errorf("%+v, warnings %q", p.Buying, p.Warnings)
	}
}

// Zones on sale at once add up where they share something, and not where each has its own.
func TestZonesAtOnceAddUp(t *testing.T) {
	one, three := of(t, selling()), selling()
	three.Zones = 3
	all := of(t, three)
	for i, q := range all.Quotas {
		if q.Needs < 2*one.Quotas[i].Needs || q.Needs > 3*one.Quotas[i].Needs {
			t.Errorf("%s: %v for three zones, %v for one", q.Name, q.Needs, one.Quotas[i].Needs)
		}
	}
	if all.Zone != one.Zone || all.Line != one.Line || all.Tables[0].Writes != 3*one.Tables[0].Writes ||
		all.Total < 2.9*(one.Total-one.Costs[2].Dollars) {
		t.Errorf("%+v, %+v, $%.0f and $%.0f", all.Zone, all.Tables[0], all.Total, one.Total)
	}
}

func TestATableHasItsLimitToo(t *testing.T) {
	s := million()
	s.PeakMinute = 700_000
	last := of(t, s).Quotas[4]
	if !strings.Contains(last.Name, "queue") || last.Default != 40_000 || last.Raise < last.Needs {
		t.Errorf("%+v", last)
	}
	poor := million()
	poor.Requests, poor.Concurrency = 2_500, 10
	if p := of(t, poor); p.Quotas[1].Default != 2_500 || p.Quotas[2].Default != 10 || p.Quotas[2].Raise == 0 {
		t.Errorf("%+v", p.Quotas)
	}
}

// Everything that costs while nobody comes is counted, and what nobody knows is refused.
func TestTheIdleMonthIsCountedResourceByResource(t *testing.T) {
	r, err := plan.Count([]byte(`{"Resources":{
		"A":{"Type":"AWS::CloudWatch::Alarm","Properties":{"Metrics":[{"Id":"a","MetricStat":{}},{"Id":"b","MetricStat":{}},
			{"Id":"c","Expression":"a+b"}]}},
		"B":{"Type":"AWS::CloudWatch::Alarm","Properties":{"MetricName":"x"}},
		"W":{"Type":"AWS::WAFv2::WebACL","Properties":{"Rules":[{},{}]}},
		"T":{"Type":"AWS::DynamoDB::Table","Properties":{"SSESpecification":{"SSEEnabled":true}}},
		"P":{"Type":"AWS::DynamoDB::Table"}}}`),
		[]byte(`{"Resources":{"S":{"Type":"AWS::SecretsManager::Secret"}}}`))
	costs, total := plan.Idle(r)
	if err != nil || len(costs) != 5 || math.Abs(total-(5+2+0.30+0.40+8760*0.000003)) > 1e-9 {
		t.Errorf("%v, %+v, $%v", err, costs, total)
	}
	if _, err := plan.Count([]byte(`{"Resources":{"N":{"Type":"AWS::EC2::NatGateway"}}}`)); err == nil ||
		!strings.Contains(err.Error(), "N: nobody has said what a AWS::EC2::NatGateway costs") {
		t.Error(err)
	}
	if _, err := plan.Count([]byte(`Resources:`)); err == nil {
		t.Error("a template that is no JSON is counted")
	}
}
