package stage_test

import (
	"strings"
	"testing"
	"time"

	"foyer/infra/stage"
	"foyer/infra/topology"
)

const secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:TicketKeys-old-AbCdEf"

func TestConfigNamesTheKeyAtFault(t *testing.T) {
	for name, c := range map[string]struct {
		set   map[string]string
		fault string // empty: none
	}{
		"nothing set is staging": {nil, ""},
		"production": {map[string]string{"stage": "production", "origin": "https://example.com",
			"alarm-email": "ops@example.com", "mail-from": "The Hall <tickets@example.com>"}, ""},
		"a waiting room alone": {map[string]string{"stage": "production", "origin": "https://example.com",
			"alarm-email": "ops@example.com", "sale": "off", "region": "eu-south-1"}, ""},
		"a waiting room alone that mails": {map[string]string{"sale": "off", "mail-from": "tickets@example.com"},
			"mail-from:"},
		"nobody hears of alarms": {map[string]string{"stage": "production", "origin": "https://example.com",
			"mail-from": "tickets@example.com"}, "alarm-email:"},
		"no books in that Region":     {map[string]string{"region": "eu-south-1"}, "region:"},
		"another partition":           {map[string]string{"region": "cn-north-1"}, "region:"},
		"a challenge of a third kind": {map[string]string{"challenge": "true"}, "challenge:"},
		"production protects something": {map[string]string{"stage": "production", "mail-from": "tickets@example.com",
			"alarm-email": "ops@example.com"}, "origin:"},
		"production with the event's page": {map[string]string{"stage": "production", "origin": "hosted",
			"alarm-email": "ops@example.com", "sale": "off"}, ""},
		"another host without a site": {map[string]string{"domain": "sale.example.com", "hosts": "a.example.com=hosted",
			"certificate": "arn:aws:acm:us-east-1:1:certificate/x"}, "hosts:"},
		"tickets from nobody": {map[string]string{"stage": "production", "origin": "https://example.com"},
			"mail-from:"},
		"tickets from no address":        {map[string]string{"mail-from": "tickets"}, "mail-from:"},
		"tickets from two":               {map[string]string{"mail-from": "a@example.com, b@example.com"}, "mail-from:"},
		"an unknown stage":               {map[string]string{"stage": "prod"}, "stage:"},
		"a region of fancy":              {map[string]string{"region": "earth"}, "region:"},
		"an account too short":           {map[string]string{"account": "1234"}, "account:"},
		"an origin without a scheme":     {map[string]string{"origin": "example.com"}, "origin:"},
		"an origin with a query":         {map[string]string{"origin": "https://example.com/?a=1"}, "origin:"},
		"an origin with a password":      {map[string]string{"origin": "https://a:b@example.com"}, "origin:"},
		"warm throughput of no table":    {map[string]string{"warm": "stalls=1/1"}, "warm:"},
		"warm throughput without reads":  {map[string]string{"warm": "queue=12000"}, "warm:"},
		"warm throughput of two tables":  {map[string]string{"warm": "queue=12000/20000,grants=4000/4000"}, ""},
		"a limit that stops everybody":   {map[string]string{"ip-limit": "10"}, "ip-limit:"},
		"a limit in words":               {map[string]string{"ip-limit": "many"}, "ip-limit:"},
		"a domain without a certificate": {map[string]string{"domain": "sale.example.com"}, "certificate:"},
		"a certificate of elsewhere": {map[string]string{"domain": "sale.example.com",
			"certificate": "arn:aws:acm:eu-west-1:1:certificate/x"}, "certificate:"},
		"a certificate without a domain": {map[string]string{"certificate": "arn:aws:acm:us-east-1:1:certificate/x"},
			"domain:"},
		"an origin that is the domain": {map[string]string{"origin": "https://Sale.example.com",
			"domain":      "sale.example.com",
			"certificate": "arn:aws:acm:us-east-1:1:certificate/x"}, "origin:"},
		"another host": {map[string]string{"domain": "sale.example.com", "origin": "https://shop.example.com",
			"certificate": "arn:aws:acm:us-east-1:1:certificate/x", "hosts": "b.example.org=https://shop.example.org/x"}, ""},
		"a host without its site": {map[string]string{"domain": "sale.example.com", "hosts": "b.example.org"}, "hosts:"},
		"a host that is no name":  {map[string]string{"domain": "a.example", "hosts": "B=https://b.example"}, "hosts:"},
		"a host twice": {map[string]string{"domain": "sale.example.com",
			"hosts": "b.example=https://a.example,b.example=https://c.example"}, "hosts:"},
		"a host that is the domain": {map[string]string{"domain": "sale.example.com",
			"hosts": "sale.example.com=https://a.example"}, "hosts:"},
		"a host that leads back": {map[string]string{"domain": "sale.example.com",
			"hosts": "b.example=https://sale.example.com"}, "hosts:"},
		"hosts without a domain":          {map[string]string{"hosts": "b.example=https://a.example"}, "hosts:"},
		"rules that may be":               {map[string]string{"rules": "perhaps"}, "rules:"},
		"a host of fancy":                 {map[string]string{"origin-host": "other"}, "origin-host:"},
		"the viewer's host":               {map[string]string{"origin-host": "viewer"}, ""},
		"a site that never answers":       {map[string]string{"origin-timeout": "0"}, "origin-timeout:"},
		"a site with too much time":       {map[string]string{"origin-timeout": "121"}, "origin-timeout:"},
		"a connection with too much time": {map[string]string{"origin-connect": "11"}, "origin-connect:"},
		"a firewall of fancy":             {map[string]string{"waf": "on"}, "waf:"},
		"a slot of fancy":                 {map[string]string{"site-secret": "c"}, "site-secret:"},
		"a roll-back of fancy":            {map[string]string{"rollback": "maybe"}, "rollback:"},
		"restored tables": {map[string]string{
			"tables": "jobs=foyer-jobs-2,orders=arn:aws:dynamodb:us-east-1:123456789012:table/orders-2/stream/2026-11-26T10"},
			""},
		"a restored table of no kind": {map[string]string{"tables": "stalls=x-y-z"}, "tables:"},
		"a restored table whose stream nobody names": {map[string]string{"tables": "orders=orders-2"},
			"tables: orders: functions read its stream"},
		"a restored table elsewhere": {map[string]string{
			"tables": "orders=arn:aws:dynamodb:eu-west-1:123456789012:table/orders-2/stream/2026-11-26T10"}, "tables:"},
		"a restored table without a name": {map[string]string{"tables": "jobs="}, "tables:"},
		"a restored table that is warmed": {map[string]string{"tables": "queue=queue-2", "warm": "queue=12000/12000"},
			"warm:"},
		"a restored ledger":            {map[string]string{"ledger": "abcdefghijklmnopqrstuvwx12"}, ""},
		"a restored ledger by its URL": {map[string]string{"ledger": "postgres://x"}, "ledger:"},
		"a ledger without a sale":      {map[string]string{"ledger": "abcdefghijklmnopqrstuvwx12", "sale": "off"}, "sale:"},
		"a ticket key by its name":     {map[string]string{"ticket-keys": "TicketKeys"}, "ticket-keys:"},
		"a ticket key without its end": {map[string]string{"ticket-keys": secret[:len(secret)-7]}, "ticket-keys:"},
		"a ticket key elsewhere":       {map[string]string{"ticket-keys": secret, "region": "eu-west-1"}, "ticket-keys:"},
		"a ticket key":                 {map[string]string{"ticket-keys": secret}, ""},
		"alarms to nobody":             {map[string]string{"alarm-email": "ops"}, "alarm-email:"},
	} {
		_, err := stage.FromContext(func(key string) string { return c.set[key] })
		switch {
		case c.fault == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.fault != "" && (err == nil || !strings.HasPrefix(err.Error(), c.fault)):
			t.Errorf("%s: error %v, want one that begins with %s", name, err, c.fault)
		}
	}
}

func TestAnOriginIsReadAsAURL(t *testing.T) {
	for text, want := range map[string]stage.Origin{
		"https://example.com":            {Host: "example.com", Port: 443, TLS: true},
		"https://example.com:8443/shop/": {Host: "example.com", Port: 8443, TLS: true, Path: "/shop"},
		"http://example.com":             {Host: "example.com", Port: 80},
	} {
		set := map[string]string{"origin-timeout": "60", "origin-connect": "3", "origin-keep-alive": "30"}
		set["origin"] = text
		c, err := stage.FromContext(func(key string) string { return set[key] })
		want.CalledBy, want.Timeout, want.Connect = topology.HostOfOrigin, 60*time.Second, 3*time.Second
		want.KeepAlive = 30 * time.Second
		if err != nil || *c.Origin != want {
			t.Errorf("%s: %+v, error %v, want %+v", text, c.Origin, err, want)
		}
	}
}
