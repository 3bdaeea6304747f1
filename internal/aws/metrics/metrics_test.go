package metrics_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"foyer/internal/aws/metrics"
)

var now = time.UnixMilli(1_700_000_000_123)

func recorder() (*metrics.Recorder, *bytes.Buffer) {
	var out bytes.Buffer
	return &metrics.Recorder{Out: &out, Now: func() time.Time { return now }}, &out
}

// The line is spelled out whole: CloudWatch drops what departs from its format without a word.
func TestALineIsTheEmbeddedMetricFormat(t *testing.T) {
	r, out := recorder()
	r.Add("main", metrics.Called, 2)
	r.Add("main", metrics.Called, 1)
	r.Set("main", metrics.Waiting, 7)
	r.Set("main", metrics.Waiting, 5)
	r.Time("main", metrics.Wait, 1500*time.Millisecond)
	r.Time("main", metrics.Wait, 250*time.Microsecond)
	r.Flush()
	want := `{"Called":3,"Wait":[1500,0.25],"Waiting":5,"_aws":{"Timestamp":1700000000123,"CloudWatchMetrics":[` +
		`{"Namespace":"Foyer","Dimensions":[["zone"]],"Metrics":[{"Name":"Called","Unit":"Count"},` +
		`{"Name":"Wait","Unit":"Milliseconds"},{"Name":"Waiting","Unit":"Count"}]}]},"zone":"main"}` + "\n"
	if got := out.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestFlushForgets(t *testing.T) {
	r, out := recorder()
	r.Add("main", metrics.Arrivals, 1)
	r.Flush()
	out.Reset()
	r.Flush()
	if out.Len() != 0 {
		t.Errorf("a second flush wrote %s", out)
	}
}

func TestEachZoneHasItsOwnLine(t *testing.T) {
	r, out := recorder()
	r.Add("b", metrics.Arrivals, 1)
	r.Add("a", metrics.Arrivals, 1)
	r.Flush()
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], `"zone":"a"`) || !strings.Contains(lines[1], `"zone":"b"`) {
		t.Errorf("lines %q", lines)
	}
}

func TestMoreValuesThanALineHoldsGoOnTheNext(t *testing.T) {
	r, out := recorder()
	for i := range 101 {
		r.Time("main", metrics.Wait, time.Duration(i)*time.Millisecond)
	}
	r.Flush()
	var sizes []int
	for text := range strings.Lines(out.String()) {
		var doc struct{ Wait any }
		if err := json.Unmarshal([]byte(text), &doc); err != nil {
			t.Fatal(err)
		}
		if all, ok := doc.Wait.([]any); ok {
			sizes = append(sizes, len(all))
		} else {
			sizes = append(sizes, 1)
		}
	}
	if len(sizes) != 2 || sizes[0] != 100 || sizes[1] != 1 {
		t.Errorf("values on the lines: %v, want 100 and 1", sizes)
	}
}

func TestWhatIsNotInTheTableIsNotRecorded(t *testing.T) {
	r, out := recorder()
	r.Add("main", "Email", 1)
	r.Add("main", metrics.Left, 0)
	r.Flush()
	if out.Len() != 0 {
		t.Errorf("wrote %s", out)
	}
	var none *metrics.Recorder
	none.Add("main", metrics.Left, 1)
	none.Flush()
}

func TestADeploymentsMetricsAreFiledUnderItsOwnNamespace(t *testing.T) {
	r, out := recorder()
	r.Namespace = "Foyer/staging"
	r.Add("main", metrics.Left, 1)
	r.Flush()
	if !strings.Contains(out.String(), `"Namespace":"Foyer/staging"`) {
		t.Errorf("wrote %s", out)
	}
}
