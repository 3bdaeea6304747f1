package dynamotest

import (
	"context"
	"flag"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"foyer/infra/topology"
)

// Legends holds what stores write against the legend of topology.Items, both ways. It is safe for use by several
// goroutines.
type Legends struct {
	Tables []string // those that are looked at

	mu   sync.Mutex
	seen map[string]bool
}

// Watch looks at every item of c's tables when the test ends: each is of a kind that is declared, has all attributes
// that are always there, and no other than those of its kind.
func (l *Legends) Watch(t testing.TB, c *Cloud) *Cloud {
	t.Cleanup(func() {
		for _, table := range topology.Tables {
			if !slices.Contains(l.Tables, table.Name) {
				continue
			}
			all := &dynamodb.ScanInput{TableName: aws.String(c.Table(table.Name))}
			pages := dynamodb.NewScanPaginator(c.Client, all)
			for pages.HasMorePages() {
				out, err := pages.NextPage(context.Background())
				if err != nil {
					t.Errorf("table %s: %v", table.Name, err)
					break
				}
				for _, item := range out.Items {
					l.check(t, table, item)
				}
			}
		}
	})
	return c
}

// Complete reports as errors the attributes that no watched test has left behind; none where only a part of a test was
// asked for.
func (l *Legends) Complete(t testing.TB) {
	if f := flag.Lookup("test.run"); f != nil && strings.Contains(f.Value.String(), "/") {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, kind := range topology.Items {
		for _, a := range kind.Attributes {
			if slices.Contains(l.Tables, kind.Table) && !l.seen[kind.Table+"/"+kind.Is+"/"+a.Name] {
				t.Errorf("topology.Items: %s, %s: nobody writes %q", kind.Table, kind.Is, a.Name)
			}
		}
	}
}

func (l *Legends) check(t testing.TB, table topology.Table, item map[string]types.AttributeValue) {
	kind, found := kindOf(table, item)
	if !found {
		t.Errorf("topology.Items has no kind for %s of table %s", keyOf(table, item), table.Name)
		return
	}
	declared := map[string]topology.Legend{}
	for _, a := range kind.Attributes {
		declared[a.Name] = a
	}
	has := map[string]bool{}
	attributes("", item, func(name string) {
		for _, begins := range []string{"s:<section>", "b:<type>"} {
			if strings.HasPrefix(name, begins[:2]) {
				name = begins
			}
		}
		if name == table.Hash.Name || name == table.Range.Name {
			return
		}
		has[name] = true
		if _, known := declared[name]; !known {
			t.Errorf("topology.Items: %s, %s: no legend for %q", table.Name, kind.Is, name)
		}
	})
	for name, a := range declared {
		if nested := strings.Contains(name, "[]"); a.Absent == "" && !nested && !has[name] {
			t.Errorf("topology.Items: %s, %s: %q may be absent", table.Name, kind.Is, name)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen == nil {
		l.seen = map[string]bool{}
	}
	for name := range has {
		l.seen[table.Name+"/"+kind.Is+"/"+name] = true
	}
}

// attributes visits the names of an item's attributes, and of those in its lists of maps.
func attributes(prefix string, item map[string]types.AttributeValue, visit func(name string)) {
	for name, value := range item {
		visit(prefix + name)
		list, ok := value.(*types.AttributeValueMemberL)
		if !ok {
			continue
		}
		for _, one := range list.Value {
			if m, ok := one.(*types.AttributeValueMemberM); ok {
				attributes(prefix+name+"[].", m.Value, visit)
			}
		}
	}
}

func kindOf(table topology.Table, item map[string]types.AttributeValue) (topology.Item, bool) {
	for _, kind := range topology.Items {
		if kind.Table == table.Name && fits(kind.Hash, item[table.Hash.Name]) &&
			(table.Range.Name == "" || fits(kind.Range, item[table.Range.Name])) {
			return kind, true
		}
	}
	return topology.Item{}, false
}

var varies = regexp.MustCompile(`<[^>]+>`)

// fits reports whether a key's value is made as the pattern says.
func fits(pattern string, value types.AttributeValue) bool {
	fixed := varies.Split(pattern, -1)
	for i := range fixed {
		fixed[i] = regexp.QuoteMeta(fixed[i])
	}
	whole := regexp.MustCompile(`(?s)^` + strings.Join(fixed, `.+`) + `$`)
	return whole.MatchString(textOf(value))
}

func textOf(value types.AttributeValue) string {
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		return v.Value
	case *types.AttributeValueMemberN:
		return v.Value
	case *types.AttributeValueMemberB:
		return string(v.Value)
	}
	return ""
}

func keyOf(table topology.Table, item map[string]types.AttributeValue) string {
	return strconv.Quote(textOf(item[table.Hash.Name])) + ", " + strconv.Quote(textOf(item[table.Range.Name]))
}
