// Command venues writes the sample seat maps: a theatre of 300 seats, a hall of 5,000 with a standing area, and an
// arena of 50,000. The same program always writes the same bytes.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"foyer/internal/sale/venue"
)

// samples is every sample by its file's name.
var samples = map[string]func() venue.Venue{
	"theatre-300.json": theatre, "hall-5000.json": hall, "arena-50000.json": arena,
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: venues <folder>")
	}
	for name, build := range samples {
		if err := os.WriteFile(filepath.Join(os.Args[1], name), encode(build()), 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// encode writes a map with one row a line, so that a difference can be read and 50,000 seats stay small.
func encode(v venue.Venue) []byte {
	var out bytes.Buffer
	sections := v.Sections
	v.Sections = nil
	head := strings.TrimSuffix(compact(v), `"sections":null}`)
	fmt.Fprintf(&out, "%s\n\"sections\":[", head)
	for i, s := range sections {
		rows := s.Rows
		s.Rows = nil
		fmt.Fprintf(&out, "%s\n%s", comma(i), strings.TrimSuffix(compact(s), "}"))
		for j, row := range rows {
			lead := ","
			if j == 0 {
				lead = ",\"rows\":["
			}
			fmt.Fprintf(&out, "%s\n %s", lead, compact(row))
		}
		if len(rows) > 0 {
			out.WriteString("]")
		}
		out.WriteString("}")
	}
	out.WriteString("\n]}\n")
	return out.Bytes()
}

func comma(i int) string {
	if i == 0 {
		return ""
	}
	return ","
}

func compact(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		log.Fatal(err)
	}
	return string(raw)
}
