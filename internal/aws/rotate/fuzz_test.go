package rotate

import "testing"

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`{"keys":[{"kid":"k1","key":"AA"}],"seed":"AA","lasting":{}}`, `{"password":"x"}`, "null", "[]", "",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parse(text)
		if err != nil {
			return
		}
		for _, k := range s.Keys {
			if n, err := age(k); err == nil && n < 1 {
				t.Errorf("%q is key %d", k.ID, n)
			}
		}
	})
}
