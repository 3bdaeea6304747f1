package sam

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// The image is AWS's own where it can be had. A stand-in has a name of its own, so that nobody else's functions ever
// run in it.
func TestTheImageIsAWSOwnWhereItCanBeHad(t *testing.T) {
	no := errors.New("no")
	for name, c := range map[string]struct {
		digests string // of an image of AWS's name; empty: there is none
		pulls   bool
		stands  bool // the stand-in is there from an earlier run
		want    string
		does    string
	}{
		"there":              {"1", false, false, "", "inspect"},
		"pulled":             {"", true, false, "", "inspect pull"},
		"somebody's, pulled": {"0", true, true, "", "inspect pull"},
		"somebody's":         {"0", false, true, standIn, "inspect pull inspect"},
		"made":               {"", false, false, standIn, "inspect pull inspect import"},
		"made before":        {"", false, true, standIn, "inspect pull inspect"},
	} {
		var did []string
		run := func(_ context.Context, in io.Reader, args ...string) (string, error) {
			last := args[len(args)-1]
			did = append(did, strings.TrimPrefix(args[0]+" "+args[1], "image "))
			switch args[0] {
			case "image":
				there := last == awsImage && c.digests != "" || last == standIn && c.stands
				if !there {
					return "", no
				}
				return c.digests + "\n", nil
			case "pull":
				if !c.pulls || last != awsImage {
					return "", no
				}
			case "import":
				if last != standIn || in == nil {
					t.Errorf("%s: imports %v", name, args)
				}
			case "tag":
				t.Errorf("%s: %v", name, args)
			}
			return "", nil
		}
		if _, err := busybox(); err != nil && strings.HasSuffix(c.does, "import") {
			t.Logf("%s: not tried, %v", name, err)
			continue
		}
		got, err := docker(run).image(t.Context())
		for i, words := range did {
			did[i] = strings.Fields(words)[0]
		}
		if got != c.want || err != nil || !slices.Equal(did, strings.Fields(c.does)) {
			t.Errorf("%s: image %q, %v, by %v", name, got, err, did)
		}
	}
}

func TestSAMIsToldOfAStandInOnly(t *testing.T) {
	for image, told := range map[string]bool{"": false, standIn: true} {
		a := &App{Template: "t.json", Image: image}
		if got := slices.Contains(a.runs("env.json"), "--invoke-image"); got != told {
			t.Errorf("image %q: %v", image, got)
		}
	}
	if strings.HasPrefix(standIn, strings.Split(awsImage, ":")[0]) {
		t.Error("the stand-in has AWS's name")
	}
}
