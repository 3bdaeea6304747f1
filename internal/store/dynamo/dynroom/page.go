package dynroom

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"foyer/internal/room/bucket"
	"foyer/internal/store/dynamo"
)

// notifies is the attribute that the notifier's stream filter asks for: true on a new page and after a visitor called
// was found on a new connection, absent after every other change. So claims and endings wake nobody.
const notifies = "n"

// changed is the attribute that counts a page's changes; it is absent before the first.
const changed = "v"

// partName returns the partition of a page.
func partName(of bucket.Of, number int64) string {
	return fmt.Sprintf("%s#%d", of.Zone, number%int64(max(of.Shards, 1)))
}

// pageKey returns the primary key of a page.
func pageKey(of bucket.Of, page int64) dynamo.Item {
	return dynamo.Item{"part": dynamo.Text(partName(of, page)), "page": dynamo.Number(page)}
}

// EncodePage returns a page as it is stored; topology.Items says what its attributes mean. Twelve grants stay under
// 1 KB, one write unit.
func EncodePage(of bucket.Of, p bucket.Page) dynamo.Item {
	it := pageKey(of, p.Number)
	grants := make([]types.AttributeValue, len(p.Grants))
	for i, g := range p.Grants {
		grant := dynamo.Item{"k": dynamo.Binary(g.Key), "s": dynamo.Text(string(g.State)), "u": dynamo.Millis(g.Until)}
		if g.Conn != "" {
			grant["c"] = dynamo.Text(g.Conn)
		}
		grants[i] = &types.AttributeValueMemberM{Value: grant}
	}
	it["at"], it["called"], it["ttl"] = dynamo.Millis(p.At), dynamo.Binary(p.Called), dynamo.Expiry(p.At, dynamo.KeepGrant)
	it[notifies] = &types.AttributeValueMemberBOOL{Value: true}
	if p.LetIn != 0 {
		it["in"] = dynamo.Number(int64(p.LetIn))
	}
	if p.By != "" {
		it["by"] = dynamo.Text(p.By)
	}
	it["g"] = &types.AttributeValueMemberL{Value: grants}
	return it
}

// DecodePage takes a page's item apart, as a table or its stream gives it, and returns its zone too.
func DecodePage(it map[string]types.AttributeValue) (zone string, p bucket.Page, err error) {
	r := dynamo.Reader{From: it}
	part := r.Text("part")
	cut := strings.LastIndexByte(part, '#')
	if cut < 0 {
		return "", p, fmt.Errorf("part %.40q names no zone", part)
	}
	p = bucket.Page{Number: r.Number("page"), At: r.Time("at"), Called: r.Key("called"), By: r.Text("by")}
	if it[changed] != nil {
		p.Changes = r.Number(changed)
	}
	if it["in"] != nil {
		p.LetIn = int(r.Number("in"))
	}
	list, ok := it["g"].(*types.AttributeValueMemberL)
	if !ok || r.Err != nil {
		return "", p, errors.Join(fmt.Errorf("page %d of %s can't be read", p.Number, part), r.Err)
	}
	p.Grants = make([]bucket.Grant, len(list.Value))
	for i, v := range list.Value {
		if p.Grants[i], err = decodeGrant(v); err != nil {
			return "", p, fmt.Errorf("grant %d.%d of %s: %w", p.Number, i, part, err)
		}
	}
	return part[:cut], p, nil
}

func decodeGrant(v types.AttributeValue) (g bucket.Grant, err error) {
	m, ok := v.(*types.AttributeValueMemberM)
	if !ok {
		return g, errors.New("is not a map")
	}
	r := dynamo.Reader{From: m.Value}
	state := r.Text("s")
	if len(state) != 1 {
		return g, fmt.Errorf("state %.10q", state)
	}
	g = bucket.Grant{Key: r.Key("k"), State: bucket.State(state[0]), Until: r.Time("u"), Conn: r.Text("c")}
	return g, r.Err
}
