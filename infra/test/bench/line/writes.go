package line

import (
	"context"
	"maps"
	"time"

	"foyer/infra/test/bench/measure"
	"foyer/internal/room/bucket"
	"foyer/internal/room/zone"
	"foyer/internal/testkit/meter"
)

// writeBudget is the write units of a visitor, arrival to leaving.
const writeBudget = 5.0

// VisitorWrites counts the write units that visitors cost, by function, on DynamoDB Local: when many are called at
// once, when a tick calls one, and when HTTP came before the socket.
func VisitorWrites(ctx context.Context, e *measure.Env) (rows []measure.Row, err error) {
	for _, c := range []struct {
		what      string
		perTick   int
		httpFirst bool
	}{
		{"write units a visitor, full pages", 48, false},
		{"write units a visitor, one visitor a tick", 1, false},
		{"write units a visitor, full pages, HTTP before the socket", 48, true},
	} {
		visitors := measure.Pick(e, 240, 60)
		if c.perTick == 1 { // with their share of notes in the log's index
			visitors = measure.Pick(e, 72, 5)
		}
		row, err := visits(ctx, e, c.perTick, visitors, c.httpFirst)
		if err != nil {
			return rows, err
		}
		row.What = c.what
		if c.httpFirst { // one registration more than the budget counts
			row = measure.FigureOnly(c.what, row.Figure, "").With("%s", row.Note)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// visits lets visitors register, be called so many at a time, claim and leave.
func visits(ctx context.Context, e *measure.Env, perTick, visitors int, httpFirst bool) (measure.Row, error) {
	db, err := e.Tables(ctx)
	if err != nil {
		return measure.Row{}, err
	}
	meters := map[role]*meter.Meter{roleRegister: {}, roleExchange: {}, roleAdmit: {}, roleNotify: {}}
	z := zone.New("main")
	z.Capacity, z.Rate, z.Window = 10_000, 60*perTick, 5*time.Minute // everybody comes after the last was called
	w, err := newWorld(ctx, z, time.Now(), func(r role) stores { return storesOf(db, meters[r].Option) })
	if err != nil {
		return measure.Row{}, err
	}
	v := &visit{world: w, httpFirst: httpFirst}
	for n := 0; n < visitors; n += perTick {
		if err := v.some(ctx, n, min(perTick, visitors-n)); err != nil {
			return measure.Row{}, err
		}
	}
	if err := v.claimAll(ctx); err != nil {
		return measure.Row{}, err
	}
	claim := db.Used(meters[roleAdmit], "grants").Write
	if err := v.leaveAll(ctx); err != nil {
		return measure.Row{}, err
	}
	return v.row(db, meters, claim), nil
}

// visit is visitors on their way.
type visit struct {
	*world
	httpFirst bool
	arrived   []time.Time
	refs      []bucket.Ref
}

// some registers n visitors from number `first` on, and ticks until they are called.
func (v *visit) some(ctx context.Context, first, n int) error {
	for i := first; i < first+n; i++ {
		v.arrived = append(v.arrived, v.now())
		who := v.visitor(i, v.arrived[i])
		if v.httpFirst {
			if _, err := v.register.Register(ctx, who, ""); err != nil {
				return err
			}
		}
		if _, err := v.register.Register(ctx, who, connection(i)); err != nil {
			return err
		}
	}
	for called := 0; called < n; v.advance(time.Second) {
		r, err := v.tick(ctx)
		if err != nil {
			return err
		}
		called += r.Called
	}
	return nil
}

// claimAll lets everyone in, as the push would: with the reference.
func (v *visit) claimAll(ctx context.Context) error {
	pages, err := v.admit.Log.Read(ctx, v.zone.Grants(), 1)
	if err != nil {
		return err
	}
	arrived := map[string]time.Time{}
	for n, at := range v.arrived {
		arrived[visitorID(n).String()] = at
	}
	v.refs = make([]bucket.Ref, len(v.arrived))
	for _, p := range pages {
		if _, err := v.notify.Notify(ctx, v.zone.Zone, nil, p); err != nil {
			return err
		}
		for slot, g := range p.Grants {
			n := number(g.Key.Visitor())
			v.refs[n] = bucket.Ref{Page: p.Number, Slot: slot}
			if _, err := v.admit.Enter(ctx, v.visitor(n, v.arrived[n]), v.refs[n]); err != nil {
				return err
			}
		}
	}
	return nil
}

// leaveAll lets everyone leave, and ticks once more for what might be left to do.
func (v *visit) leaveAll(ctx context.Context) error {
	for n, ref := range v.refs {
		if err := v.admit.Leave(ctx, v.visitor(n, v.arrived[n]), ref); err != nil {
			return err
		}
	}
	v.advance(time.Minute)
	_, err := v.tick(ctx)
	return err
}

// row adds up. What the exchange writes about the zone isn't a visitor's; a row of its own shows it.
func (v *visit) row(db *measure.Database, meters map[role]*meter.Meter, claim float64) measure.Row {
	each := func(units float64) float64 { return units / float64(len(v.refs)) }
	part := map[string]float64{
		"register": each(meters[roleRegister].Total().Write),
		"exchange": each(db.Used(meters[roleExchange], "grants").Write + db.Used(meters[roleExchange], "queue").Write),
		"claim":    each(claim),
		"leave":    each(db.Used(meters[roleAdmit], "grants").Write - claim),
		"delete":   each(db.Used(meters[roleAdmit], "queue").Write),
		"notify":   each(meters[roleNotify].Total().Write),
	}
	sum := 0.0
	for units := range maps.Values(part) {
		sum += units
	}
	return measure.AtMost("", writeBudget, sum, "").With("%d visitors: %s", len(v.refs), measure.InOrder(part,
		"register", "exchange", "claim", "delete", "leave", "notify"))
}
