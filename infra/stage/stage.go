// Package stage reads what an operator decides about a deployment from the file of its stage, foyer.<stage>.toml.
//
// The CDK app and foyerctl both read it. It says what is wrong with it, and asks no cloud.
package stage

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// Keys are what may be decided, in a stage's file or by CDK's -c.
var Keys = []string{
	"account", "alarm-email", "api-quota", "certificate", "challenge", "concurrency", "domain", "front-door",
	"hosted-zone", "hosts", "ip-limit", "ledger", "logs", "mail-from",
	"origin", "origin-connect", "origin-host", "origin-keep-alive", "origin-timeout", "protect", "region", "rollback",
	"rules", "sale", "site-secret", "stage", "statement", "tables", "ticket-keys", "waf", "warm",
}

// File returns the name of a stage's file.
func File(stage string) string { return "foyer." + stage + ".toml" }

// Load returns what the stage's file in a folder says, as -c would. There needn't be one.
func Load(folder, stage string) (map[string]string, error) {
	name := File(stage)
	text, err := os.ReadFile(filepath.Join(folder, name))
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]string{}, nil
	}
	if err != nil {
		return nil, err
	}
	all, err := Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if said := all["stage"]; said != "" && said != stage {
		return nil, fmt.Errorf("%s: stage: it says %s, and its name %s", name, said, stage)
	}
	return all, nil
}

// Parse reads a file's text. Its error names every key at fault.
func Parse(text string) (map[string]string, error) {
	var read map[string]any
	if _, err := toml.Decode(text, &read); err != nil {
		return nil, err
	}
	faults := []error{Check(slices.Collect(maps.Keys(read)))}
	all := map[string]string{}
	for key, value := range read {
		var err error
		if all[key], err = plain(value); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", key, err))
		}
	}
	return all, errors.Join(faults...)
}

// Check returns an error that names every key that nobody knows, and the known one that is nearest.
func Check(keys []string) error {
	var faults []error
	for _, key := range slices.Sorted(slices.Values(keys)) {
		if !slices.Contains(Keys, key) {
			faults = append(faults, fmt.Errorf("there is no option %q: do you mean %q?", key, nearest(key)))
		}
	}
	return errors.Join(faults...)
}

// plain returns a value as -c takes it: on and off for booleans, name=value,… for a table.
func plain(value any) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case bool:
		if v {
			return "on", nil
		}
		return "off", nil
	case int64:
		return fmt.Sprint(v), nil
	case []any:
		var parts []string
		for _, one := range v {
			text, err := plain(one)
			if err != nil {
				return "", err
			}
			parts = append(parts, text)
		}
		return strings.Join(parts, ","), nil
	case map[string]any:
		var parts []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			text, err := plain(v[name])
			if err != nil {
				return "", err
			}
			parts = append(parts, name+"="+text)
		}
		return strings.Join(parts, ","), nil
	}
	return "", fmt.Errorf("%v is neither text, a whole number, true or false, a list nor a table", value)
}

// nearest returns the known key with the fewest letters to change.
func nearest(key string) string {
	return slices.MinFunc(Keys, func(a, b string) int { return cmp.Compare(distance(key, a), distance(key, b)) })
}

// distance is how many letters must be put in, left out or replaced to make b of a (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := before
			if a[i] != b[j] {
				replaced++
			}
			before = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
