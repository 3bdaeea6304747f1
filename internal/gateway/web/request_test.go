package web

import (
	"testing"

	"foyer/internal/problem"
)

// JSON decoders put a replacement character where bytes are no UTF-8; what was signed or compared elsewhere would then
// be another text than what is read here.
func TestABodyThatIsNotUTF8IsNotMended(t *testing.T) {
	var body struct{ Text string }
	err := Request{Body: "{\"Text\":\"\xff\"}"}.Decode(&body)
	if problem.CodeOf(err) != problem.Invalid {
		t.Errorf("read %q, error %v", body.Text, err)
	}
}

func TestABodyOfTheLargestSizeIsRead(t *testing.T) {
	pad := make([]byte, MaxBody-2)
	for i := range pad {
		pad[i] = ' '
	}
	if err := (Request{Body: "{" + string(pad) + "}"}).Decode(&struct{}{}); err != nil {
		t.Error(err)
	}
}

func TestAParameterIsTheFirstOfItsName(t *testing.T) {
	for query, want := range map[string]string{
		"to=%2Fa&to=%2Fb": "/a", "x=1&to=": "", "": "", "%74o=a+b": "a b", "to=%zz": "", "total=1": "",
	} {
		if got := (Request{query: query}).Param("to"); got != want {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
}
