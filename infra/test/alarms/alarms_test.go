package alarms

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"foyer/infra/demo/crowd"
	"foyer/infra/topology"
)

// unheard are the alarms that no test rings, and why.
var unheard = map[string]string{
	"api-near-quota":         "counted here, but 480,000 requests a minute are too many for this machine",
	"concurrency-near-quota": "AWS alone knows what the account's other functions claim",
	"edge-errors":            "counted here, but nothing is known that makes the edge functions fail",
	"edge-throttled":         "AWS alone measures it",
	"edge-near-limit":        "AWS alone measures it",
	"mails-bounce":           "AWS alone works out an account's reputation",
	"mails-complained":       "AWS alone works out an account's reputation",
}

func init() {
	for _, table := range topology.Tables {
		unheard[table.Name+"-table-throttled"] = "the local database takes whatever it is given"
	}
}

// An ordinary sale rings no alarm, and each fault rings its own.
func TestAlarmsRingForTheirFaults(t *testing.T) {
	w := newWorld(t)
	w.opens("main")
	in := func(name string, do func(t *testing.T)) {
		t.Run(name, func(t *testing.T) {
			w.T = t
			do(t)
		})
		w.T = t
	}
	in("an ordinary sale", func(t *testing.T) {
		for sale := range 2 { // the first meets functions that have just started, all at once
			w.sells(t, sale)
			for name := range w.rings() {
				if when := w.alarms[name]; when.Breaching {
					continue // the schedule comes once a minute, and this was half of one
				}
				t.Errorf("sale %d: %s rings: %s", sale, name, w.alarms[name].Description)
			}
		}
	})
	heard := map[string]bool{}
	for _, f := range faults {
		in(f.name, func(t *testing.T) {
			w.figures.Forget()
			w.Minute()
			w.figures.Forget()
			f.strikes(w)
			on := w.rings()
			for _, name := range f.rings {
				if heard[name] = true; !on[name] {
					t.Errorf("%s is silent; on are %v", name, slices.Sorted(maps.Keys(on)))
				}
			}
		})
	}
	for name := range w.alarms {
		if heard[name] == (unheard[name] != "") {
			t.Errorf("%s: heard: %v; why not: %q", name, heard[name], unheard[name])
		}
	}
}

// sells sells seats to a crowd, of other people for each sale: a buyer has a limit.
func (w *world) sells(t *testing.T, sale int) {
	people, err := crowd.New(crowd.Options{FrontDoor: w.URL + "/", Zone: "main", Seed: uint64(1 + sale)})
	w.must(err)
	t.Cleanup(people.Stop)
	w.must(people.Start(t.Context(), crowd.Plan{
		Visitors: 40, PerSecond: 20, HTTPOnly: 0.2, Apps: 0.2, Stay: time.Second, Buy: crowd.Buy{Share: 0.7, Seats: 2},
	}))
	w.until("everybody to have been inside", func() bool {
		s := people.Stats()
		return s.Left+s.Failed == 40
	})
	if s := people.Stats(); s.Failed > 0 || s.Sales.Paid == 0 {
		t.Errorf("the crowd: %+v", s)
	}
	w.until("the mails to be sent", func() bool { return w.Queues.Depth("mails")+w.Queues.Depth("payments") == 0 })
}

var update = flag.Bool("update", false, "write the runbook's table anew")

const runbook = "../../../docs/operate.md"

// The runbook lists what feeds each alarm and which test rings it.
func TestTheRunbookSaysWhatRingsEachAlarm(t *testing.T) {
	var b strings.Builder
	b.WriteString("| alarm | comes | looks at | rung by |\n| --- | --- | --- | --- |\n")
	for _, row := range rows(t) {
		fmt.Fprintln(&b, row)
	}
	text, err := os.ReadFile(runbook)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- alarms -->\n", "<!-- /alarms -->"
	head, rest, found := strings.Cut(string(text), begin)
	had, tail, _ := strings.Cut(rest, end)
	if !found {
		t.Fatalf("%s has no place for the table", runbook)
	}
	if had == b.String() {
		return
	}
	if !*update {
		t.Fatalf("%s says otherwise: go test ./infra/test/alarms -update", runbook)
	}
	if err := os.WriteFile(runbook, []byte(head+begin+b.String()+end+tail), 0o644); err != nil {
		t.Fatal(err)
	}
}

// rows are the table's: alarms that are alike in all but whose they are share one.
func rows(t *testing.T) (lines []string) {
	rung := map[string]string{}
	for _, f := range faults {
		for _, name := range f.rings {
			rung[name] = f.name
		}
	}
	all := alarms(t)
	shared := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		when := "at once"
		if slices.ContainsFunc(all[name].To, func(topic string) bool { return strings.Contains(topic, "Notices") }) {
			when = "the next morning"
		}
		by := "nothing: " + unheard[name]
		if rung[name] != "" {
			by = rung[name]
		}
		var looks []string
		for _, m := range all[name].Metrics() {
			looks = append(looks, "`"+m+"`")
		}
		rest := "| " + when + " | " + strings.Join(looks, ", ") + " | " + by + " |"
		shared[rest] = append(shared[rest], "`"+name+"`")
	}
	for rest, names := range shared {
		lines = append(lines, "| "+strings.Join(names, ", ")+" "+rest)
	}
	slices.Sort(lines)
	return lines
}
