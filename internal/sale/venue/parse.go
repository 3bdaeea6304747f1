package venue

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"foyer/internal/sale/seat"
)

// maxShown is how many faults an error names; a map with more is wrong as a whole.
const maxShown = 50

// Fault is one thing that is wrong with a seat map, and where: a JSON path such as $.sections[2].rows[0].seats[7].
type Fault struct{ Path, Text string }

// Faults is everything that is wrong with a seat map.
type Faults []Fault

// unless adds a fault if ok is false.
func (f *Faults) unless(ok bool, path, format string, args ...any) {
	if !ok {
		*f = append(*f, Fault{path, fmt.Sprintf(format, args...)})
	}
}

func (f Faults) Error() string {
	lines := make([]string, 0, maxShown+1)
	for i, fault := range f {
		if i == maxShown {
			lines = append(lines, fmt.Sprintf("and %d more", len(f)-maxShown))
			break
		}
		lines = append(lines, fault.Path+": "+fault.Text)
	}
	return strings.Join(lines, "\n")
}

// Parse reads a seat map and fills in what may be left out: labels, the categories of rows and seats, and the
// standard among price types. Its error is
// a Faults that lists everything that is wrong; for a file that isn't JSON of the right shape it names the first fault.
func Parse(raw []byte) (Venue, error) {
	var v Venue
	raw = bytes.TrimPrefix(raw, []byte("\ufeff")) // a byte order mark, as some editors write it
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		return Venue{}, Faults{shapeFault(raw, err)}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Venue{}, Faults{{"$", "there is something after the JSON object"}}
	}
	if faults := strict(raw); len(faults) > 0 {
		return Venue{}, faults
	}
	if err := v.Validate(); err != nil {
		return Venue{}, err
	}
	for i, s := range v.Sections {
		v.Sections[i] = s.filled()
	}
	if standard, _ := v.TypeOf(seat.Standard); len(v.Types) > 0 && !slices.Contains(v.Types, standard) {
		v.Types = append([]Type{standard}, v.Types...)
	}
	return v, nil
}

// shapeFault returns where JSON went wrong: the path if the decoder knows it, and the line.
func shapeFault(raw []byte, err error) Fault {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return Fault{"$", fmt.Sprintf("line %d: %v", line(raw, syntax.Offset), syntax)}
	case errors.As(err, &kind):
		return Fault{"$." + kind.Field, fmt.Sprintf("line %d: a %s can't stand here", line(raw, kind.Offset), kind.Value)}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Fault{"$", "the file ends too early"}
	}
	return Fault{"$", strings.TrimPrefix(err.Error(), "json: ")}
}

func line(raw []byte, offset int64) int {
	return 1 + bytes.Count(raw[:min(int(offset), len(raw))], []byte("\n"))
}

// filled returns the section with everything that was left out.
func (s Section) filled() Section {
	s.Rows = slices.Clone(s.Rows)
	for j := range s.Rows {
		row := &s.Rows[j]
		row.Label, row.Seats = cmp.Or(row.Label, row.ID), slices.Clone(row.Seats)
		for k := range row.Seats {
			seat := &row.Seats[k]
			seat.Label = cmp.Or(seat.Label, seat.ID[strings.LastIndexByte(seat.ID, '-')+1:])
			seat.Category = cmp.Or(seat.Category, row.Category, s.Category)
		}
		row.Category = ""
	}
	if s.Kind == Seated {
		s.Category = ""
	}
	return s
}
