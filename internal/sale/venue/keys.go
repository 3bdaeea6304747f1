package venue

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// strict returns what Go's decoder would pass over: a key that an object has twice, or that is not in small letters,
// which the decoder takes for the one that is, and text that is no UTF-8.
func strict(raw []byte) (faults Faults) {
	faults.unless(utf8.Valid(raw), "$", "the file is not UTF-8")
	d := json.NewDecoder(bytes.NewReader(raw))
	var walk func(path string) error
	walk = func(path string) error {
		token, err := d.Token()
		open, nested := token.(json.Delim)
		if err != nil || !nested {
			return err
		}
		seen := map[string]bool{}
		for i := 0; d.More(); i++ {
			at := path + "[" + strconv.Itoa(i) + "]"
			if open == '{' {
				key, err := d.Token()
				if err != nil {
					return err
				}
				name := fmt.Sprint(key)
				at = path + "." + name
				faults.unless(!seen[name], fmt.Sprintf("%.100s", at), "is there twice")
				faults.unless(strings.Trim(name, "abcdefghijklmnopqrstuvwxyz") == "", fmt.Sprintf("%.100s", at),
					"unknown field: fields are in small letters")
				seen[name] = true
			}
			if err := walk(at); err != nil {
				return err
			}
		}
		_, err = d.Token()
		return err
	}
	_ = walk("$") // the shape is the decoder's to judge
	return faults
}
