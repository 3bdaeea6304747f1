package main

import (
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	const lines = `
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:1: njs is missing: apt-get install njs\n"}
{"Action":"skip","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestB","Output":"quiet\n"}
{"Action":"pass","Package":"p","Test":"TestB"}
{"Action":"output","Package":"p","Test":"TestC","Output":"    c_test.go:2: broken\n"}
{"Action":"fail","Package":"p","Test":"TestC"}
{"Action":"output","Package":"p","Output":"FAIL\tp\t0.1s\n"}
{"Action":"fail","Package":"p"}
{"Action":"output","Package":"q","Output":"ok  \tq\t0.1s\n"}
{"Action":"pass","Package":"q"}
no JSON at all`
	var out strings.Builder
	r := newReport(&out)
	r.read(strings.NewReader(strings.TrimSpace(lines)))
	r.close()
	want := `    c_test.go:2: broken
FAIL	p	0.1s
ok  	q	0.1s
no JSON at all

Failed, 1:
  p TestC

Skipped, and how to enable it:
  njs is missing: apt-get install njs (1, such as p TestA)
`
	if got := out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A package that is killed, or out of time, ends without a word on the test that it was at.
func TestReportOfWhatDidNotEnd(t *testing.T) {
	const lines = `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"SIGQUIT: quit\n"}
{"Action":"output","Package":"p","Output":"FAIL\tp\t9.9s\n"}
{"Action":"fail","Package":"p"}`
	var out strings.Builder
	r := newReport(&out)
	r.read(strings.NewReader(lines))
	r.close()
	const want = "FAIL\tp\t9.9s\nSIGQUIT: quit\n\nFailed, 1:\n  p TestA, which didn't end\n\nNothing was skipped.\n"
	if got := out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestReportOfNothingSkipped(t *testing.T) {
	var out strings.Builder
	newReport(&out).close()
	if out.String() != "\nNothing was skipped.\n" {
		t.Error(out.String())
	}
}
