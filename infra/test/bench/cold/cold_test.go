package cold

import (
	"net/http"
	"strings"
	"testing"

	"foyer/infra/test/bench/measure"
	"foyer/infra/test/sam"
	"foyer/infra/topology"
)

func TestQuantiles(t *testing.T) {
	values := []float64{5, 1, 4, 2, 3}
	for part, want := range map[float64]float64{0: 1, 0.25: 2, 0.5: 3, 0.75: 4, 1: 5} {
		if got := measure.Quantile(values, part); got != want {
			t.Errorf("%v: %v, not %v", part, got, want)
		}
	}
	if values[0] != 5 {
		t.Error("the values were put in order")
	}
}

func TestTheSlowestIsTheOneWithTheLargestMedian(t *testing.T) {
	s, calm, wild := slowest{}, &beside{}, &beside{}
	for _, took := range []float64{3, 3, 3} {
		calm.add(took, 2)
	}
	for _, took := range []float64{1, 2, 90} {
		wild.add(took, 2)
	}
	s.add("calm", calm)
	s.add("wild", wild)
	if s.ratio != 1.5 || strings.Join(s.each, ", ") != "calm 1.50 (1.50–1.50), wild 1.00 (0.50–45.00)" {
		t.Errorf("%v %q", s.ratio, s.each)
	}
}

// Every function has an event with which its first answer is measured, or a reason for having none.
func TestEveryFunctionHasAFirstEvent(t *testing.T) {
	for _, f := range topology.Functions {
		name, said := firstEvents[f.Name]
		if !said {
			t.Errorf("nothing is said of %s", f.Name)
		}
		if name == "" {
			continue
		}
		if c, err := sam.ReadCase("../../../../events", name); err != nil || c.Function != f.Name {
			t.Errorf("%s: %q of %q, %v", f.Name, name, c.Function, err)
		}
	}
}

// A process asks, is given an event, answers and asks again; one that fails says why.
func TestAProcessMeetsTheRuntimeItKnows(t *testing.T) {
	api, err := newRuntime()
	if err != nil {
		t.Fatal(err)
	}
	defer api.close()
	base := "http://" + api.listener.Addr().String() + "/2018-06-01/runtime/invocation/"
	for last, failed := range map[string]bool{"response": false, "error": true} {
		p := newProcess("function")
		api.process.Store(p)
		go func() {
			for range 2 {
				got, err := http.Get(base + "next")
				if err != nil {
					return // the test is over
				}
				got.Body.Close()
				done, err := http.Post(base+got.Header.Get("Lambda-Runtime-Aws-Request-Id")+"/"+last, "", strings.NewReader("done"))
				if err == nil {
					done.Body.Close()
				}
			}
		}()
		<-p.asked
		body, took, err := p.invoke([]byte("{}"))
		if string(body) != "done" || took <= 0 || (err != nil) != failed {
			t.Errorf("%s: %q in %v ms, error %v", last, body, took, err)
		}
	}
}
