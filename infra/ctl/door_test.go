package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
)

// box is a secret in memory.
type box struct{ text string }

func (b *box) Get(context.Context) (string, error)      { return b.text, nil }
func (b *box) Put(_ context.Context, text string) error { b.text = text; return nil }
func (b *box) slots(t *testing.T) (slots map[string]string) {
	t.Helper()
	if err := json.Unmarshal([]byte(b.text), &slots); err != nil {
		t.Fatal(err)
	}
	return slots
}

func TestTheFrontDoorsSecretIsRenewedSlotBySlot(t *testing.T) {
	d := newDesk(t)
	d.live = "a"
	d.box.text = `{"b":"","a":"first","born":"noise"}`
	said := d.says("front-door renew b --yes", "slot b has a new value")
	now := d.box.slots(t)
	if now["a"] != "first" || len(now["b"]) != 43 || now["born"] != "noise" || strings.Contains(said, now["b"]) {
		t.Errorf("slots %v, said %s", now, said)
	}
	d.says("front-door renew b --yes", "slot b")
	if again := d.box.slots(t)["b"]; again == now["b"] {
		t.Error("the value is the old one")
	}
	d.says("front-door renew c", "must be one of")
	d.says("site-secret renew a --yes", "slot a is the one that CloudFront sends")
	d.says("site-secret renew b --yes", "slot b has a new value, which Foyer takes from the site's servers at once")
	if d.box.slots(t)["b"] == now["b"] || d.box.slots(t)["a"] != "first" {
		t.Errorf("slots %v", d.box.slots(t))
	}
	d.box.text = "plain"
	if said := d.says("front-door renew b --yes", "is not the JSON"); strings.Contains(said, "plain") {
		t.Errorf("said %s", said)
	}
}

func TestTheStatementKeyIsTheZones(t *testing.T) {
	d := newDesk(t)
	d.says("zone create main --yes", "")
	said := d.says("statement-key main", "")
	if said != d.ring.StatementKey("main")+"\n" || len(said) != 44 {
		t.Errorf("said %q", said)
	}
	d.says("statement-key other", "there is no zone")
}
