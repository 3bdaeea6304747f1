package problem_test

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"testing"
	"time"

	"foyer/internal/problem"
)

// Codes and their statuses are part of the public API: this table changes only when the API does.
var statuses = map[problem.Code]int{
	problem.Invalid:      http.StatusBadRequest,
	problem.Unauthorized: http.StatusUnauthorized,
	problem.Forbidden:    http.StatusForbidden,
	problem.NotFound:     http.StatusNotFound,
	problem.UnknownZone:  http.StatusNotFound,
	problem.Method:       http.StatusMethodNotAllowed,
	problem.NotOpen:      http.StatusConflict,
	problem.NotCalled:    http.StatusConflict,
	problem.Elsewhere:    http.StatusConflict,
	problem.Missed:       http.StatusConflict,
	problem.SeatTaken:    http.StatusConflict,
	problem.NoSeats:      http.StatusConflict,
	problem.Limit:        http.StatusConflict,
	problem.Together:     http.StatusConflict,
	problem.Paying:       http.StatusConflict,
	problem.Conflict:     http.StatusConflict,
	problem.Ended:        http.StatusGone,
	problem.TooLarge:     http.StatusRequestEntityTooLarge,
	problem.Reused:       http.StatusUnprocessableEntity,
	problem.Cooling:      http.StatusTooManyRequests,
	problem.Internal:     http.StatusInternalServerError,
	problem.Refused:      http.StatusUnprocessableEntity,
	problem.Provider:     http.StatusServiceUnavailable,
	problem.Busy:         http.StatusServiceUnavailable,
}

func TestEveryCodeHasItsStatusAndATitle(t *testing.T) {
	if got := problem.Codes(); !reflect.DeepEqual(got, statuses) {
		t.Errorf("the codes are %v, want %v", got, statuses)
	}
	titles := map[string]problem.Code{}
	for code, status := range statuses {
		d := problem.Describe(problem.New(code, "why"), "r-1")
		if d.Status != status || d.Code != code || d.Detail != "why" || d.RequestID != "r-1" || d.Type != "about:blank" {
			t.Errorf("%s is described as %+v", code, d)
		}
		if other, taken := titles[d.Title]; d.Title == "" || taken {
			t.Errorf("%s has the title %q, as %s does", code, d.Title, other)
		}
		titles[d.Title] = code
	}
}

func TestACallerSeesNothingOfACause(t *testing.T) {
	cause := errors.New("table foyer-queue is on fire")
	for _, err := range []error{
		cause, problem.Wrap(problem.Busy, cause, ""), fmt.Errorf("%w: %w", problem.New(problem.Busy, ""), cause),
	} {
		if d := problem.Describe(err, ""); d.Detail != "" {
			t.Errorf("%v is described with %q", err, d.Detail)
		}
		if !errors.Is(err, cause) {
			t.Errorf("%v has lost its cause for the log", err)
		}
	}
	if problem.Wrap(problem.Busy, nil, "") != nil {
		t.Error("no cause became an error")
	}
}

func TestCodeOf(t *testing.T) {
	busy := problem.New(problem.Busy, "")
	for _, c := range []struct {
		err  error
		want problem.Code
	}{
		{nil, ""},
		{errors.New("foreign"), problem.Internal},
		{busy, problem.Busy},
		{fmt.Errorf("registering: %w", busy), problem.Busy},
		{&problem.Error{Code: problem.Internal, Cause: busy}, problem.Internal},
	} {
		if got := problem.CodeOf(c.err); got != c.want {
			t.Errorf("%v has the code %q, want %q", c.err, got, c.want)
		}
	}
	if !errors.Is(fmt.Errorf("registering: %w", busy), problem.New(problem.Busy, "")) ||
		errors.Is(busy, problem.New(problem.Conflict, "")) {
		t.Error("errors are the same when their codes are, and only then")
	}
}

func TestTimesAreRoundedSoThatNobodyComesTooEarly(t *testing.T) {
	until := time.UnixMilli(1_780_000_000_123)
	for after, want := range map[time.Duration]int{0: 0, 1: 1, time.Second: 1, time.Second + 1: 2, 90 * time.Second: 90} {
		d := problem.Describe(&problem.Error{Code: problem.Provider, RetryAfter: after, HeldUntil: until}, "")
		if d.RetryAfter != want || d.HeldUntil != until.UnixMilli() {
			t.Errorf("%v is %d s, held until %d", after, d.RetryAfter, d.HeldUntil)
		}
	}
	if d := problem.Describe(problem.New(problem.Busy, ""), ""); d.HeldUntil != 0 {
		t.Errorf("held until %d though no time was given", d.HeldUntil)
	}
}

func TestAnUnknownCodeIsAnsweredAsOurFault(t *testing.T) {
	if d := problem.Describe(&problem.Error{Code: "new"}, ""); d.Status != http.StatusInternalServerError {
		t.Errorf("described as %+v", d)
	}
}
