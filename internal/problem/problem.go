// Package problem is Foyer's one vocabulary of errors and the one table that says what a caller sees of each.
//
// Domain packages return these errors; gateways turn them into an HTTP status and an RFC 9457 problem document.
// What a caller reads is the code, the title and the detail. Causes are for the log and never leave the system.
package problem

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Code names a kind of failure. Codes are part of the public API: they are added, never renamed.
type Code string

// The codes, by what the caller should do about them.
const (
	Invalid      Code = "invalid"      // the request is malformed: correct it
	TooLarge     Code = "too_large"    // the request body is over the limit
	NotFound     Code = "not_found"    // no such route or resource
	Method       Code = "method"       // the resource exists, the method does not
	UnknownZone  Code = "unknown_zone" // no zone of that name
	Unauthorized Code = "unauthorized" // no token, or one that proves nothing: start again at the zone's page
	Forbidden    Code = "forbidden"    // the request did not come through the front door, or from a foreign page
	NotOpen      Code = "not_open"     // the zone is not open: the status says when
	NotCalled    Code = "not_called"   // it is not this visitor's turn: wait
	Elsewhere    Code = "elsewhere"    // the place is in use on another network: wait
	Missed       Code = "missed"       // the visitor's turn passed: register again, the place is kept
	Ended        Code = "ended"        // the visitor has been inside and is not any more: arrive anew
	SeatTaken    Code = "seat_taken"   // somebody else has some of the seats: choose others
	NoSeats      Code = "no_seats"     // nothing is locked, or nothing that fits the wish is left
	Limit        Code = "limit"        // more seats than a buyer may have, of Field's kind if it names one
	Together     Code = "together"     // the seats aren't sold so: Field says which rule, Seats which are in the way
	Cooling      Code = "cooling"      // seats were chosen, held or ordered too often: try again after RetryAfter
	Paying       Code = "paying"       // a payment is under way: end it first
	Reused       Code = "reused"       // the Idempotency-Key was used for another request: make a new one
	Provider     Code = "provider"     // the payment provider has trouble: try again, seats are kept until HeldUntil
	Refused      Code = "refused"      // the payment provider refused what Field names: change it, seats are kept
	Conflict     Code = "conflict"     // somebody else changed it first: read and try again
	Busy         Code = "busy"         // the back-end is throttled: try again after RetryAfter
	Internal     Code = "internal"     // our fault; the request id leads to the log
)

// rule is what a caller sees of a code.
type rule struct {
	status int
	title  string
}

var rules = map[Code]rule{
	Invalid:      {http.StatusBadRequest, "The request is not valid"},
	TooLarge:     {http.StatusRequestEntityTooLarge, "The request is too large"},
	NotFound:     {http.StatusNotFound, "There is nothing here"},
	Method:       {http.StatusMethodNotAllowed, "That method is not allowed here"},
	UnknownZone:  {http.StatusNotFound, "There is no such zone"},
	Unauthorized: {http.StatusUnauthorized, "A valid visitor token is needed"},
	Forbidden:    {http.StatusForbidden, "Not from here"},
	NotOpen:      {http.StatusConflict, "The zone is not open"},
	NotCalled:    {http.StatusConflict, "It is not your turn yet"},
	Elsewhere:    {http.StatusConflict, "Your place is in use on another network"},
	Missed:       {http.StatusConflict, "Your turn passed; your place is kept"},
	Ended:        {http.StatusGone, "This visit has ended"},
	SeatTaken:    {http.StatusConflict, "Somebody else has these seats"},
	NoSeats:      {http.StatusConflict, "There are no such seats"},
	Limit:        {http.StatusConflict, "More seats than a buyer may have"},
	Together:     {http.StatusConflict, "These seats aren't sold so"},
	Cooling:      {http.StatusTooManyRequests, "Too often, or for too long"},
	Paying:       {http.StatusConflict, "A payment is under way"},
	Reused:       {http.StatusUnprocessableEntity, "This key was used for another request"},
	Provider:     {http.StatusServiceUnavailable, "The payment provider has trouble"},
	Refused:      {http.StatusUnprocessableEntity, "The payment provider refused"},
	Conflict:     {http.StatusConflict, "Somebody else changed this first"},
	Busy:         {http.StatusServiceUnavailable, "Too busy at the moment"},
	Internal:     {http.StatusInternalServerError, "Something went wrong on our side"},
}

// Error is a failure with a code. Detail is for the caller and holds no internals; Cause is for the log.
type Error struct {
	Code       Code
	Detail     string
	RetryAfter time.Duration // zero: no advice
	Seats      []string      // of SeatTaken and Together: which
	HeldUntil  time.Time     // of Provider and Refused: until when the caller's seats are kept
	Field      string        // of Refused and Limit: what to change, as the request names it; of Together: the rule
	Cause      error
}

func (e *Error) Error() string {
	text := string(e.Code)
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

// Unwrap returns the cause, for errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.Cause }

// Is makes errors.Is(err, problem.New(code, "")) compare codes only.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// New makes an error whose detail the caller may read.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Detail: fmt.Sprintf(format, args...)}
}

// Wrap makes an error that keeps its cause for the log. A nil cause gives nil.
func Wrap(code Code, cause error, format string, args ...any) error {
	if cause == nil {
		return nil
	}
	return &Error{Code: code, Detail: fmt.Sprintf(format, args...), Cause: cause}
}

// CodeOf returns the code of err: Internal for a foreign error, "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// Codes returns every code with the HTTP status that it is answered with.
func Codes() map[Code]int {
	all := make(map[Code]int, len(rules))
	for code, r := range rules {
		all[code] = r.status
	}
	return all
}

// Document is an RFC 9457 problem document: the one shape of every error that leaves Foyer.
type Document struct {
	Type       string `json:"type"` // always "about:blank": the kind is in Code
	Title      string `json:"title"`
	Status     int    `json:"status"`
	Code       Code   `json:"code"`
	Detail     string `json:"detail,omitempty"`
	RequestID  string `json:"requestId,omitempty"`
	RetryAfter int    `json:"retryAfter,omitempty"` // seconds, rounded up

	Seats     []string `json:"seats,omitempty"`     // of seat_taken: somebody else's; of together: those in the way
	HeldUntil int64    `json:"heldUntil,omitempty"` // ms; of provider and refused: until when your seats are kept
	Field     string   `json:"field,omitempty"`     // of refused, limit: what to change; of together: the rule
}

// Describe returns what a caller may see of err. A foreign error becomes Internal without detail.
func Describe(err error, requestID string) Document {
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{Code: Internal}
	}
	r, ok := rules[e.Code]
	if !ok {
		r = rules[Internal]
	}
	d := Document{
		Type: "about:blank", Title: r.title, Status: r.status, Code: e.Code, Detail: e.Detail,
		RequestID: requestID, RetryAfter: int((e.RetryAfter + time.Second - 1) / time.Second), Seats: e.Seats,
		Field: e.Field,
	}
	if !e.HeldUntil.IsZero() {
		d.HeldUntil = e.HeldUntil.UnixMilli()
	}
	return d
}
