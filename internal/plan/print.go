package plan

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// Print writes the plan for people.
func (p Plan) Print(w io.Writer) error {
	out := &printer{w: tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)}
	p.printLine(out)
	p.printBuying(out)
	p.printNeeds(out)
	p.printCosts(out)
	for _, text := range p.Warnings {
		out.say("! %s", text)
	}
	if p.Sale.Seats == 0 {
		out.say("Everybody is taken to come, wait and enter. Seats, payments and tickets are not in it " +
			"(--seats-for-sale), nor is the protected site itself.")
	} else {
		out.say("One and a half visitors are taken to enter for each order that there are seats for, and nobody leaves " +
			"the line. The ledger costs cents; what the payment provider takes is not in it, nor is the protected site itself.")
	}
	return cmp.Or(out.err, out.w.Flush())
}

func (p Plan) printLine(out *printer) {
	s, l := p.Sale, p.Line
	each := ""
	if s.Zones > 1 {
		each = fmt.Sprintf(", in each of %d zones", s.Zones)
	}
	out.say("The line: %s visitors, %s in the busiest minute%s", whole(s.Visitors), whole(s.PeakMinute), each)
	out.row("arrivals in the busiest second", whole(l.PeakSecond), "")
	out.row("entries a minute", whole(l.Rate), "bound by "+l.Bound)
	end := "until the last one is in"
	if s.Seats > 0 {
		end = "until the seats are gone"
	}
	out.row(end, lasting(l.Minutes), "")
	out.row("wait, on average", lasting(l.Wait), "")
	out.row("most waiting at one moment", whole(l.Waiting), "each with a socket")
	out.row("until all have a socket", lasting(l.Connecting), "at the default of "+whole(socketConnects)+" a second")
	out.say("")
	out.say("Settings of the zone, fixed when it is made")
	out.row("queue shards", whole(p.Zone.QueueShards), "partitions of the queue")
	out.row("grant shards", whole(p.Zone.GrantShards), "partitions of the log of grants")
	out.say("")
}

func (p Plan) printBuying(out *printer) {
	b := p.Buying
	if p.Sale.Seats == 0 {
		return
	}
	out.say("The sale: %s seats, %d to an order", whole(p.Sale.Seats), p.Sale.PerOrder)
	out.row("orders", whole(b.Orders), fmt.Sprintf("%s visitors enter", whole(b.Entering)))
	out.row("choices of seats a second", whole(b.Choices), "locks and swaps")
	out.row("orders a second", whole(b.Paying), "if all who enter buy")
	out.row("open maps", whole(b.Maps), "at one moment")
	out.row("messages to maps a second", whole(b.Messages), "")
	out.say("")
}

func (p Plan) printNeeds(out *printer) {
	out.say("Quotas: needed, default, raise to")
	for _, q := range p.Quotas {
		out.row(q.Name, whole(q.Needs), whole(q.Default), raise(q.Raise))
	}
	for _, q := range p.Quotas {
		if q.Raise > 0 {
			out.note(q.Name + ", if it isn't raised: " + q.Else)
		}
	}
	out.say("")
	out.say("Tables: writes and reads a second, a new table takes %s and %s, warm to",
		whole(tableWrites), whole(tableReads))
	setting := ""
	for _, t := range p.Tables {
		warm := "as it is"
		if t.Warm() {
			warm = whole(t.WarmWrites) + " / " + whole(t.WarmReads)
			setting += fmt.Sprintf(",%s=%.0f/%.0f", t.Name, t.WarmWrites, t.WarmReads)
		}
		out.row(t.Name, whole(t.Writes), whole(t.Reads), warm)
	}
	out.say("")
	out.say("In foyer.<stage>.toml, once AWS has raised what is to be raised")
	for _, line := range p.stageFile(strings.TrimPrefix(setting, ",")) {
		out.note(line)
	}
	out.say("")
	out.say("Then, with a title and the opening")
	out.note(p.Create())
	out.say("")
}

// stageFile returns the lines of the stage's file that the plan asks for.
func (p Plan) stageFile(warm string) (lines []string) {
	if warm != "" {
		lines = append(lines, fmt.Sprintf("warm = %q", warm))
	}
	for i, key := range map[int]string{1: "api-quota", 2: "concurrency"} {
		if q := p.Quotas[i]; q.Raise > 0 {
			lines = append(lines, fmt.Sprintf("%s = %.0f", key, q.Raise))
		}
	}
	if len(lines) == 0 {
		return []string{"# nothing: the defaults will do"}
	}
	slices.Sort(lines)
	return lines
}

// Create returns the command that makes the zone.
func (p Plan) Create() string {
	s := p.Sale
	return fmt.Sprintf("foyerctl zone create main --capacity %d --rate %d --session %s --queue-shards %d "+
		"--grant-shards %d", s.Capacity, s.Rate,
		strings.TrimSuffix(s.Session.String(), "0s"), p.Zone.QueueShards, p.Zone.GrantShards)
}

func (p Plan) printCosts(out *printer) {
	out.say("Cost: quantity, dollars")
	for _, c := range p.Costs {
		out.row(c.Service+" "+c.What, whole(c.Quantity), fmt.Sprintf("%.2f", c.Dollars))
	}
	out.row("in all", "", fmt.Sprintf("%.2f", p.Total))
	out.row("for each visitor", "", fmt.Sprintf("%.6f", p.Total/float64(p.Sale.Visitors*p.Sale.Zones)))
	out.note("prices: " + p.Prices)
	out.say("")
}

// printer writes rows in columns; headings and notes stand between them.
type printer struct {
	w   *tabwriter.Writer
	err error
}

func (o *printer) row(what string, cells ...string) {
	text := fmt.Sprintf("  %-62s\t", what)
	for _, c := range cells {
		text += c + "\t"
	}
	o.write(text + "\n")
}

func (o *printer) note(text string) { o.say("    %s", text) }

func (o *printer) say(format string, args ...any) {
	o.err = cmp.Or(o.err, o.w.Flush())
	o.write(fmt.Sprintf(format, args...) + "\n")
	o.err = cmp.Or(o.err, o.w.Flush())
}

func (o *printer) write(text string) {
	if o.err == nil {
		_, o.err = io.WriteString(o.w, text)
	}
}

func raise(to float64) string {
	if to == 0 {
		return "enough"
	}
	return whole(to)
}

// lasting returns a number of minutes for people.
func lasting(minutes float64) string {
	d := time.Duration(minutes * float64(time.Minute))
	if d < time.Minute {
		return d.Round(time.Second).String()
	}
	text := d.Round(time.Minute).String()
	return text[:len(text)-2] // without the seconds
}

// whole returns a number without its fraction, thousands apart; small ones keep two digits.
func whole[N int | float64](x N) string {
	f := float64(x)
	if f > 0 && f < 10 && f != float64(int(f)) {
		return fmt.Sprintf("%.2f", f)
	}
	text := fmt.Sprintf("%.0f", f)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}
