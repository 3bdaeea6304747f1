package sale

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"foyer/internal/gateway/web"
	"foyer/internal/problem"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/venue"
)

func (s *stage) answers(got web.Response, want, caching string) {
	s.Helper()
	if got.StatusCode != 200 || got.Body != want || got.Headers["cache-control"] != caching ||
		got.Headers["content-type"] != "application/json" {
		s.Errorf("%d %v %s\nwant %s, %s", got.StatusCode, got.Headers, got.Body, want, caching)
	}
}

func TestChoosingSeatsAndGivingThemUp(t *testing.T) {
	s := newStage(t)
	mine := `{"seats":["stalls-A-10","stalls-A-9"],"until":1790000300000,"total":13000,"currency":"EUR","limit":4}`
	s.answers(s.do("seats-choose", ""), mine, "no-store")
	s.answers(s.do("seats-held", ""), mine, "no-store")
	s.answers(s.do("seats-snapshot", ""), `{"section":"stalls","at":1790000000000,"version":2,"seats":{`+
		`"stalls-A-10":{"v":1,"s":"l","u":1790000300000},"stalls-A-9":{"v":1,"s":"l","u":1790000300000}}}`,
		"public, max-age=1")
	s.answers(s.do("seats-release", ""), `{"seats":[],"until":0,"total":0,"currency":"","limit":4}`, "no-store")
	s.answers(s.do("seats-snapshot", ""), `{"section":"stalls","at":1790000000000,"version":4,"seats":{`+
		`"stalls-A-10":{"v":2,"s":"a"},"stalls-A-9":{"v":2,"s":"a"}}}`, "public, max-age=1")
	s.answers(
		s.do("seats-choose-api-client", ""),
		`{"seats":["boxL-A-1"],"until":1790000300000,"total":3200,"currency":"EUR","limit":4}`,
		"no-store",
	)
}

func TestCountsAreForEverybody(t *testing.T) {
	s := newStage(t)
	s.answers(s.do("seats-counts", ""), `{"map":1,"at":0,"free":{}}`, "public, max-age=5")
	counts := seat.Counts{At: s.Now.Add(-time.Second), Free: map[string]int{"stalls": 7}}
	if err := s.cloud.Seats().SaveCounts(t.Context(), "main", counts); err != nil {
		t.Fatal(err)
	}
	s.answers(s.do("seats-counts", ""), `{"map":1,"at":1789999999000,"free":{"stalls":7}}`, "public, max-age=5")
}

func TestTheBestSeatsOfACategory(t *testing.T) {
	s := newStage(t)
	got := s.do("seats-best", "")
	var body held
	if err := json.Unmarshal([]byte(got.Body), &body); err != nil || len(body.Seats) != 2 || body.Total != 2*4800 ||
		!strings.HasPrefix(body.Seats[0], "stalls-F-") {
		t.Errorf("%d %s", got.StatusCode, got.Body)
	}
}

func TestAWholeNumberIsOneHoweverItIsWritten(t *testing.T) {
	for n, want := range map[string]int{"2.0": 200, "2e0": 200, "2.5": 400, "1e99": 400, `\"2\"`: 400, "[2]": 400} {
		s := newStage(t)
		if got := s.do("seats-best", `{"body":"{\"best\":{\"n\":`+n+`}}"}`); got.StatusCode != want {
			t.Errorf("%s: %d %s", n, got.StatusCode, got.Body)
		}
	}
}

func TestTheBestSeatsHaveNoPriceTypesYet(t *testing.T) {
	s := newStage(t)
	if got := s.do("seats-best", `{"body":"{\"best\":{\"n\":1},\"types\":{\"A\":\"child\"}}"}`); got.StatusCode != 400 {
		t.Errorf("price types of seats that nobody named: %d %s", got.StatusCode, got.Body)
	}
}

func TestAWishNamesPriceTypes(t *testing.T) {
	s := newStage(t)
	v, err := venue.Read(t.Context(), s.cloud.Seats(), "main")
	if err != nil {
		t.Fatal(err)
	}
	v.Venue.Types = []venue.Type{{ID: "child", Name: "Child", Most: 2}}
	for i := range v.Venue.Categories {
		v.Venue.Categories[i].Prices = []venue.TypePrice{{Type: "child", Price: 1000}}
	}
	if err := s.cloud.Seats().SaveMap(t.Context(), "main", v.Venue, 1); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		body   string
		status int
		typed  int
	}{
		{`{"best":{"n":2,"types":{"child":1}}}`, 200, 1},
		{`{"best":{"n":2,"types":{"child":0,"standard":2}}}`, 200, 0},
		{`{"best":{"n":2,"types":{}}}`, 200, 0},
		{`{"seats":["stalls-A-1"],"types":{}}`, 200, 0},
		{`{"seats":["stalls-A-1"],"types":{"stalls-A-1":"child"}}`, 200, 1},
		{`{"best":{"n":2,"types":{"child":3}}}`, 400, 0},
		{`{"best":{"n":2,"types":{"child":-1}}}`, 400, 0},
		{`{"best":{"n":2,"types":{"dog":1}}}`, 400, 0},
		{`{"best":{"n":2,"types":{"child":0.5}}}`, 400, 0},
		{`{"best":{"n":4,"types":{"child":3}}}`, 409, 0},
	} {
		s.Now = s.Now.Add(20 * time.Second)
		raw, _ := json.Marshal(map[string]string{"body": c.body})
		got := s.do("seats-choose", string(raw))
		var answer held
		if err := json.Unmarshal([]byte(got.Body), &answer); err != nil || got.StatusCode != c.status ||
			len(answer.Types) != c.typed {
			t.Errorf("%s: %d %s", c.body, got.StatusCode, got.Body)
		}
	}
}

func TestASeatThatIsTakenIsNamed(t *testing.T) {
	s := newStage(t)
	if _, err := s.cloud.Seats().House(t.Context(), "main", "press", []string{"stalls-A-9"}, false, s.Now); err != nil {
		t.Fatal(err)
	}
	got := s.do("seats-choose", "")
	var doc problem.Document
	if err := json.Unmarshal([]byte(got.Body), &doc); err != nil || got.StatusCode != 409 ||
		doc.Code != problem.SeatTaken ||
		len(doc.Seats) != 1 ||
		doc.Seats[0] != "stalls-A-9" {
		t.Errorf("%d %s", got.StatusCode, got.Body)
	}
	if body := s.do("seats-snapshot", "").Body; !strings.Contains(body, `"stalls-A-9":{"v":1,"s":"t"}`) ||
		strings.Contains(body, "press") {
		t.Errorf("snapshot %s", body)
	}
}

func TestWhoLeftChoosesNothing(t *testing.T) {
	s := newStage(t)
	s.Now = s.Now.Add(time.Hour)
	for _, event := range []string{"seats-choose", "seats-best", "seats-held"} {
		if got := s.do(event, ""); got.StatusCode != 410 {
			t.Errorf("%s: %d %s", event, got.StatusCode, got.Body)
		}
	}
}

func TestMapsAreForEverybodyAndKept(t *testing.T) {
	s := newStage(t)
	for _, event := range []string{"seats-map", "seats-section"} {
		got := s.do(event, "")
		if got.StatusCode != 200 || got.Headers["cache-control"] != "public, max-age=30" || len(got.Cookies) != 0 {
			t.Errorf("%s: %d %v", event, got.StatusCode, got.Headers)
		}
	}
	var o venue.Overview
	if err := json.Unmarshal([]byte(s.do("seats-map", "").Body), &o); err != nil || o.Size() != 300 || o.Version != 1 {
		t.Errorf("%+v %v", o, err)
	}
	var section venue.Section
	if err := json.Unmarshal([]byte(s.do("seats-section", "").Body), &section); err != nil || section.Size() != 216 {
		t.Errorf("%v %v", section.ID, err)
	}
}
