package main

import (
	"math"
	"strconv"

	"foyer/internal/sale/venue"
)

// Metres: seats stand half a metre apart, rows nine tenths.
const (
	pitch = 0.5
	depth = 0.9
)

// letter names a row: A to Z, then AA and on.
func letter(i int) string {
	if i < 26 {
		return string(rune('A' + i))
	}
	return letter(i/26-1) + letter(i%26)
}

func round(x float64) float64 { return math.Round(x*100) / 100 }

func at(x, y float64) venue.Point { return venue.Point{X: round(x), Y: round(y)} }

// box is a rectangle as an outline.
func box(left, top, right, bottom float64) []venue.Point {
	return []venue.Point{at(left, top), at(right, top), at(right, bottom), at(left, bottom)}
}

// block is straight rows of seats facing the stage, centred on x, the first at y. aisle is after how many seats an
// aisle comes, 0: none.
func block(id, name string, x, y float64, rows, seats, aisle int, category func(row int) string) venue.Section {
	s := venue.Section{ID: id, Name: name, Kind: venue.Seated}
	width := float64(seats-1) * pitch
	if aisle > 0 {
		width += 2 * pitch
	}
	for r := range rows {
		row := venue.Row{ID: letter(r), Category: category(r)}
		for i := range seats {
			px := x - width/2 + float64(i)*pitch
			if aisle > 0 && i >= aisle {
				px += 2 * pitch
			}
			row.Seats = append(row.Seats, venue.Seat{ID: id + "-" + row.ID + "-" + strconv.Itoa(i+1), X: round(px),
				Y: round(y + float64(r)*depth)})
		}
		s.Rows = append(s.Rows, row)
	}
	s.Outline = box(x-width/2-pitch, y-depth, x+width/2+pitch, y+float64(rows)*depth)
	return s
}

// wheelchairs makes the first places of a row accessible, each with a companion's seat beside it.
func wheelchairs(s venue.Section, row, pairs int) {
	seats := s.Rows[row].Seats
	for i := range pairs {
		seats[2*i].Accessible, seats[2*i+1].Companion = true, true
	}
}

// wedge is curved rows around the origin, between two angles (radians), with n seats in each row.
func wedge(id, name string, from, to, radius float64, rows, n int, category string) venue.Section {
	s := venue.Section{ID: id, Name: name, Kind: venue.Seated, Category: category}
	for r := range rows {
		row, out := venue.Row{ID: letter(r)}, radius+float64(r)*depth
		for i := range n {
			angle := from + (to-from)*(float64(i)+0.5)/float64(n)
			p := at(out*math.Cos(angle), out*math.Sin(angle))
			row.Seats = append(row.Seats, venue.Seat{ID: id + "-" + row.ID + "-" + strconv.Itoa(i+1), X: p.X, Y: p.Y})
		}
		s.Rows = append(s.Rows, row)
	}
	for i := range 5 {
		s.Outline = append(s.Outline, onCircle(radius-depth/2, from+(to-from)*float64(i)/4))
	}
	for i := range 5 {
		s.Outline = append(s.Outline, onCircle(radius+(float64(rows)-0.5)*depth, to-(to-from)*float64(i)/4))
	}
	return s
}

func onCircle(radius, angle float64) venue.Point {
	return at(radius*math.Cos(angle), radius*math.Sin(angle))
}
