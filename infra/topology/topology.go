// Package topology is the one declaration of what Foyer consists of: tables, functions, routes, streams, queues,
// schedules, environment and permissions. The CDK app and the local cloud both read it, so that they can't drift.
//
// It holds plain values only: no AWS SDK, no CDK, no I/O.
package topology

import "time"

// WebSocket API facts.
const (
	SocketStage = "ws"   // so that /ws needs no rewriting
	SocketPing  = "ping" // a MOCK route: {"action":"ping"} → {"type":"pong"}
	SocketView  = "view" // {"action":"view","sections":[…]} of a seat map
)

// ViewsPerSecond and PingsPerSecond are the most of a socket's messages that the WebSocket API takes from everybody
// together. A page pings every few minutes, and a map changes its view when its visitor moves on.
const (
	ViewsPerSecond = 1000
	PingsPerSecond = 2000
)

// HeaderFrontDoor carries the front door's secret to the functions. CloudFront overwrites one that a viewer sends.
const HeaderFrontDoor = "x-foyer-front-door" // lower case, as HTTP APIs pass names on

// HeaderSite carries the secret of the protected site: to the site, so that it knows that a request came through the
// front door, and from the site's servers, so that Foyer knows them. CloudFront overwrites one that a viewer sends.
const HeaderSite = "x-foyer-site"

// HeaderVisit names the visit of a visitor inside to the protected site: visitor id and grant, joined by a full stop.
const HeaderVisit = "x-foyer-visit"

// Origins of the front door, by the ids that the edge function selects them with.
const (
	OriginPages     = "site"      // the bucket with the static pages; the gate sends waiting browsers there
	OriginAPI       = "api"       // the HTTP API
	OriginSocket    = "socket"    // the WebSocket API
	OriginProtected = "protected" // the operator's site
)

// Prefix is the path under which Foyer itself lives at the front door; everything else is the protected origin.
const Prefix = "/foyer/"

// DefaultZone is the zone of every path that names none (a path /z/<zone>/… names one).
const DefaultZone = "main"

// Tables are all tables.
var Tables = []Table{
	{
		Name: "zones", Env: "ZONES_TABLE", Stream: NewAndOldImages,
		Hash: Attribute{"zone", "S"}, Range: Attribute{"item", "S"},
	},
	{
		Name: "queue", Env: "QUEUE_TABLE", TTL: "ttl",
		Hash: Attribute{"shard", "S"}, Range: Attribute{"key", "B"},
	},
	{
		Name: "grants", Env: "GRANTS_TABLE", TTL: "ttl", Stream: NewAndOldImages,
		Hash: Attribute{"part", "S"}, Range: Attribute{"page", "N"},
	},
	{
		Name: "seats", Env: "SEATS_TABLE", TTL: "ttl", Stream: NewAndOldImages,
		Hash: Attribute{"part", "S"}, Range: Attribute{"seat", "S"},
	},
	{
		Name: "holds", Env: "HOLDS_TABLE", TTL: "ttl",
		Hash: Attribute{"buyer", "S"}, Range: Attribute{"item", "S"},
	},
	{
		Name: "orders", Env: "ORDERS_TABLE", TTL: "ttl", Stream: NewAndOldImages,
		Hash: Attribute{"id", "S"},
		Indexes: []Index{
			// Sparse: only orders that wait for something are in it.
			{Name: "open", Hash: Attribute{"open", "S"}, Range: Attribute{"due", "N"}, KeysOnly: true,
				Also: []string{"state", "since"}},
			// For operators who look for an order. Their attributes never change: an order is written to each once.
			{Name: "email", Hash: Attribute{"emailHash", "S"}, Range: Attribute{"createdAt", "N"}, KeysOnly: true},
			{Name: "made", Hash: Attribute{"zone", "S"}, Range: Attribute{"createdAt", "N"}, KeysOnly: true},
		},
	},
	{
		// The viewers of each section of a map, and the time of a zone's last message to them.
		Name: "viewers", Env: "VIEWERS_TABLE", TTL: "ttl",
		Hash: Attribute{"part", "S"}, Range: Attribute{"conn", "S"},
	},
	{
		// What was done outside and can't be asked to be done only once, such as a mail that was sent.
		Name: "jobs", Env: "JOBS_TABLE", TTL: "ttl",
		Hash: Attribute{"job", "S"},
	},
}

// Functions are all functions.
var Functions = []Function{
	{
		Name: "register", Does: "guarantees a visitor's place, over the socket or over HTTP; says what the event is",
		MemoryMB: 256, Timeout: 10 * time.Second,
		Env: []string{"ZONES_TABLE", "QUEUE_TABLE", "GRANTS_TABLE", "VIEWERS_TABLE", EnvKeys, EnvFrontDoor,
			EnvMetrics},
		Routes: []Route{
			{"POST", "/foyer/zones/{zone}/register"},
			{"GET", "/foyer/zones/{zone}/event"},
			{"GET", "/foyer/zones/{zone}/event.ics"},
			{"GET", "/foyer/zones/{zone}/event.html"},
		},
		Sockets: []string{"$connect"},
		Grants: []Grant{
			{"zones", []string{"dynamodb:GetItem"}},
			{"queue", []string{"dynamodb:GetItem", "dynamodb:UpdateItem"}},
			{"grants", []string{"dynamodb:GetItem", "dynamodb:Query"}},
			{"viewers", []string{"dynamodb:PutItem"}},
			{TokenKeys, []string{"secretsmanager:GetSecretValue"}},
			{FrontDoor, []string{"secretsmanager:GetSecretValue"}},
		},
	},
	{
		Name: "admit", Does: "claims, renews and ends grants; admits directly while there is room",
		MemoryMB: 256, Timeout: 10 * time.Second,
		Env: []string{"ZONES_TABLE", "QUEUE_TABLE", "GRANTS_TABLE", "SEATS_TABLE", "HOLDS_TABLE", EnvKeys,
			EnvFrontDoor, EnvSiteSecret, EnvMetrics},
		Routes: []Route{
			{"POST", "/foyer/zones/{zone}/enter"},
			{"POST", "/foyer/zones/{zone}/leave"},
			{"GET", "/foyer/zones/{zone}/visits/{visit}"},
			{"POST", "/foyer/zones/{zone}/visits/{visit}"},
		},
		Grants: []Grant{
			{"zones", []string{"dynamodb:GetItem"}},
			{"queue", []string{"dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}},
			{"grants", []string{"dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"}},
			{"seats", []string{"dynamodb:UpdateItem"}},
			{"holds", []string{"dynamodb:GetItem", "dynamodb:UpdateItem"}},
			{TokenKeys, []string{"secretsmanager:GetSecretValue"}},
			{FrontDoor, []string{"secretsmanager:GetSecretValue"}},
			{SiteSecret, []string{"secretsmanager:GetSecretValue"}},
		},
	},
	{
		Name: "seats", Does: "shows maps and sections; locks, swaps and releases the seats of visitors who are inside",
		MemoryMB: 512, Timeout: 10 * time.Second,
		Env: []string{"ZONES_TABLE", "GRANTS_TABLE", "SEATS_TABLE", "HOLDS_TABLE", EnvKeys, EnvFrontDoor, EnvMetrics},
		Routes: []Route{
			{"GET", "/foyer/zones/{zone}/map"},
			{"GET", "/foyer/zones/{zone}/map/{section}"},
			{"GET", "/foyer/zones/{zone}/sections"},
			{"GET", "/foyer/zones/{zone}/sections/{section}"},
			{"GET", "/foyer/zones/{zone}/seats"},
			{"POST", "/foyer/zones/{zone}/seats"},
		},
		Grants: []Grant{
			{"zones", []string{"dynamodb:GetItem"}},
			{"grants", []string{"dynamodb:GetItem"}},
			{"seats", []string{"dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"}},
			{"holds", []string{"dynamodb:GetItem", "dynamodb:UpdateItem"}},
			{TokenKeys, []string{"secretsmanager:GetSecretValue"}},
			{FrontDoor, []string{"secretsmanager:GetSecretValue"}},
		},
	},
	{
		Name: "view", Does: "changes which sections of a seat map a connection looks at",
		MemoryMB: 256, Timeout: 10 * time.Second,
		Env:     []string{"VIEWERS_TABLE", EnvCallback},
		Sockets: []string{SocketView},
		Grants: []Grant{
			{"viewers", []string{"dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem",
				"dynamodb:DeleteItem"}},
			{ConnectionsPush, []string{"execute-api:ManageConnections"}},
			{ConnectionsEnd, []string{"execute-api:ManageConnections"}},
		},
	},
	{
		Name: "fanout", Does: "tells the viewers of a seat map what changed, a message a second at most",
		MemoryMB: 512, Timeout: 30 * time.Second, ReservedConcurrency: 20,
		Env: []string{"SEATS_TABLE", "VIEWERS_TABLE", EnvCallback, EnvMetrics},
		Grants: []Grant{
			{"seats", []string{"dynamodb:Query"}},
			{"viewers", []string{"dynamodb:Query", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}},
			{ConnectionsPush, []string{"execute-api:ManageConnections"}},
		},
		// It waits for its zone's second at most, and then reads what changed meanwhile. What was missed maps catch up
		// with, so nothing is worth trying for long.
		Stream: &Trigger{
			Table: "seats", Filter: `{"eventName":["INSERT","MODIFY"],"dynamodb":{"NewImage":{"v":{"N":[{"exists":true}]}}}}`,
			Batch: 1000, MaxAge: time.Minute, MaxRetries: 3, Bisect: true, Parallelization: 10,
		},
	},
	{
		Name: "exchange", Does: "every second, per open zone: ends overdue grants, reserves slots for the first in line",
		MemoryMB: 768, Timeout: 150 * time.Second, ReservedConcurrency: 3, Schedule: time.Minute,
		Env: []string{"ZONES_TABLE", "QUEUE_TABLE", "GRANTS_TABLE", "SEATS_TABLE", EnvCallback, EnvKeys, EnvMetrics},
		Grants: []Grant{
			{"zones", []string{"dynamodb:GetItem", "dynamodb:Scan", "dynamodb:PutItem", "dynamodb:UpdateItem"}},
			{"queue", []string{"dynamodb:Query", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}},
			{"grants", []string{"dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem"}},
			{"seats", []string{"dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"}},
			{ConnectionsLook, []string{"execute-api:ManageConnections"}},
			{TokenKeys, []string{"secretsmanager:GetSecretValue"}},
		},
	},
	{
		Name: "census", Does: "counts the queue, so that everyone can work out their place",
		MemoryMB: 1024, Timeout: 150 * time.Second, ReservedConcurrency: 2, Schedule: time.Minute,
		Env: []string{"ZONES_TABLE", "QUEUE_TABLE", EnvMetrics},
		Grants: []Grant{
			{"zones", []string{"dynamodb:GetItem", "dynamodb:Scan", "dynamodb:PutItem", "dynamodb:UpdateItem"}},
			{"queue", []string{"dynamodb:Query"}},
		},
	},
	{
		Name: "notify", Does: "tells called visitors that it is their turn; frees the slots of those who are gone",
		MemoryMB: 256, Timeout: 30 * time.Second, ReservedConcurrency: 10,
		Env: []string{"ZONES_TABLE", "QUEUE_TABLE", "GRANTS_TABLE", EnvCallback, EnvMetrics},
		Grants: []Grant{
			{"zones", []string{"dynamodb:GetItem"}},
			{"queue", []string{"dynamodb:UpdateItem", "dynamodb:DeleteItem"}},
			{"grants", []string{"dynamodb:UpdateItem"}},
			{ConnectionsPush, []string{"execute-api:ManageConnections"}},
		},
		Stream: &Trigger{
			Table: "grants", Filter: `{"dynamodb":{"NewImage":{"n":{"BOOL":[true]}}}}`,
			Batch: 100, MaxAge: time.Minute, MaxRetries: 5, Bisect: true, Parallelization: 4,
		},
	},
	{
		Name: "announce", Does: "pushes a zone's new state to those nearest in line, when the relay starts it",
		// A whole processor: it signs and sends some thousand requests a second.
		MemoryMB: 1769, Timeout: 30 * time.Second, ReservedConcurrency: 2,
		Env: []string{"ZONES_TABLE", "QUEUE_TABLE", EnvCallback},
		Grants: []Grant{
			{"zones", []string{"dynamodb:GetItem"}},
			{"queue", []string{"dynamodb:Query"}},
			{ConnectionsPush, []string{"execute-api:ManageConnections"}},
		},
	},
	{
		Name: "relay", Does: "keeps the CDN edge in step with the zones",
		MemoryMB: 256, Timeout: 30 * time.Second, ReservedConcurrency: 2,
		Env: []string{"ZONES_TABLE", EnvEdgeStore, EnvKeys, EnvExchange, EnvCensus, EnvAnnounce, EnvMetrics},
		Grants: []Grant{
			{"zones", []string{"dynamodb:GetItem"}},
			{EdgeStore, []string{"cloudfront-keyvaluestore:DescribeKeyValueStore", "cloudfront-keyvaluestore:GetKey",
				"cloudfront-keyvaluestore:UpdateKeys"}},
			{TokenKeys, []string{"secretsmanager:GetSecretValue"}},
			{Exchange, []string{"lambda:InvokeFunction"}},
			{Census, []string{"lambda:InvokeFunction"}},
			{Announce, []string{"lambda:InvokeFunction"}},
		},
		Stream: &Trigger{
			Table: "zones", Filter: `{"dynamodb":{"Keys":{"item":{"S":["settings","event","status","census","rules"]}}}}`,
			Batch: 100, MaxAge: time.Hour, MaxRetries: 5, Bisect: true, Parallelization: 1,
		},
	},
	{
		Name: "dispatch", Does: "puts the work that follows from orders into its queues",
		MemoryMB: 256, Timeout: 30 * time.Second, ReservedConcurrency: 4,
		Env: []string{"MAILS_QUEUE", "BOOKINGS_QUEUE", "PAYMENTS_QUEUE", EnvMetrics},
		Grants: []Grant{
			{"mails", []string{"sqs:SendMessage"}},
			{"bookings", []string{"sqs:SendMessage"}},
			{"payments", []string{"sqs:SendMessage"}},
		},
		Stream: &Trigger{
			Table: "orders", Filter: `{"eventName":["INSERT","MODIFY"]}`,
			Batch: 100, MaxAge: time.Hour, MaxRetries: 5, Bisect: true, Parallelization: 4,
		},
	},
	{
		Name: "checkout", Does: "makes orders of held seats and opens the payment provider's page; shows orders " +
			"and gives them up",
		MemoryMB: 512, Timeout: 20 * time.Second,
		Env: []string{"ZONES_TABLE", "GRANTS_TABLE", "SEATS_TABLE", "HOLDS_TABLE", "ORDERS_TABLE", "JOBS_TABLE",
			EnvKeys, EnvFrontDoor, EnvPayKeys, EnvTicketKeys, EnvMetrics},
		Routes: []Route{
			{"POST", "/foyer/zones/{zone}/orders"},
			{"GET", "/foyer/orders/{order}"},
			{"POST", "/foyer/orders/{order}/cancel"},
			{"POST", "/foyer/orders/{order}/mail"},
		},
		Grants: []Grant{
			{"zones", []string{"dynamodb:GetItem"}},
			{"grants", []string{"dynamodb:GetItem", "dynamodb:UpdateItem"}},
			{"seats", []string{"dynamodb:GetItem", "dynamodb:UpdateItem"}},
			{"holds", []string{"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"}},
			{"orders", []string{"dynamodb:GetItem", "dynamodb:PutItem"}},
			{"jobs", []string{"dynamodb:UpdateItem"}},
			{TokenKeys, []string{"secretsmanager:GetSecretValue"}},
			{FrontDoor, []string{"secretsmanager:GetSecretValue"}},
			{PayKeys, []string{"secretsmanager:GetSecretValue"}},
			{TicketKeys, []string{"secretsmanager:GetSecretValue"}},
		},
	},
	{
		Name: "webhook", Does: "takes what the payment provider tells, asks it, and settles or ends the order",
		// The provider takes 25 calls of a kind a second: as many orders, three events each, a second for the longest.
		MemoryMB: 512, Timeout: 20 * time.Second, ReservedConcurrency: 60,
		Env: []string{"ZONES_TABLE", "GRANTS_TABLE", "SEATS_TABLE", "HOLDS_TABLE", "ORDERS_TABLE", EnvFrontDoor,
			EnvPayKeys, EnvMetrics},
		Routes: []Route{{"POST", "/foyer/webhooks/stripe"}},
		Grants: []Grant{
			{"zones", []string{"dynamodb:GetItem"}},
			{"grants", []string{"dynamodb:GetItem", "dynamodb:UpdateItem"}},
			{"seats", []string{"dynamodb:UpdateItem"}},
			{"holds", []string{"dynamodb:GetItem", "dynamodb:UpdateItem"}},
			{"orders", []string{"dynamodb:GetItem", "dynamodb:PutItem"}},
			{FrontDoor, []string{"secretsmanager:GetSecretValue"}},
			{PayKeys, []string{"secretsmanager:GetSecretValue"}},
		},
	},
	{
		Name: "sweep", Does: "asks the payment provider about every order past its time, and settles or ends it",
		MemoryMB: 256, Timeout: 50 * time.Second, ReservedConcurrency: 2, Schedule: time.Minute,
		Env: []string{"ZONES_TABLE", "GRANTS_TABLE", "SEATS_TABLE", "HOLDS_TABLE", "ORDERS_TABLE", EnvPayKeys,
			EnvTicketKeys, EnvMetrics},
		Grants: []Grant{
			{"zones", []string{"dynamodb:GetItem", "dynamodb:Scan"}},
			{"grants", []string{"dynamodb:GetItem", "dynamodb:UpdateItem"}},
			{"seats", []string{"dynamodb:UpdateItem"}},
			{"holds", []string{"dynamodb:GetItem", "dynamodb:UpdateItem"}},
			{"orders", []string{"dynamodb:GetItem", "dynamodb:PutItem"}},
			{"orders/index/open", []string{"dynamodb:Query"}},
			{PayKeys, []string{"secretsmanager:GetSecretValue"}},
			{TicketKeys, []string{"secretsmanager:GetSecretValue"}},
		},
	},
	{
		Name: "payments", Does: "captures, gives back and refunds at the payment provider",
		MemoryMB: 256, Timeout: 30 * time.Second, ReservedConcurrency: 8, // as many as its queue calls at once
		Env: []string{"ZONES_TABLE", "GRANTS_TABLE", "SEATS_TABLE", "HOLDS_TABLE", "ORDERS_TABLE", EnvPayKeys, EnvMetrics},
		Grants: []Grant{
			{"zones", []string{"dynamodb:GetItem"}},
			{"grants", []string{"dynamodb:GetItem", "dynamodb:UpdateItem"}},
			{"seats", []string{"dynamodb:UpdateItem"}},
			{"holds", []string{"dynamodb:UpdateItem"}},
			{"orders", []string{"dynamodb:GetItem", "dynamodb:PutItem"}},
			{PayKeys, []string{"secretsmanager:GetSecretValue"}},
		},
		Queue: &QueueTrigger{Queue: "payments", Batch: 5, Concurrency: 8},
	},
	{
		Name: "mailer", Does: "sends the tickets of paid orders by mail",
		MemoryMB: 256, Timeout: 30 * time.Second,
		Env: []string{"ZONES_TABLE", "ORDERS_TABLE", "JOBS_TABLE", EnvTicketKeys, EnvMailFrom, EnvMetrics},
		Grants: []Grant{
			{"zones", []string{"dynamodb:GetItem"}},
			{"orders", []string{"dynamodb:GetItem"}},
			{"jobs", []string{"dynamodb:UpdateItem"}},
			{TicketKeys, []string{"secretsmanager:GetSecretValue"}},
			{Mail, []string{"ses:SendRawEmail"}}, // as SES calls SendEmail with a mail in MIME
		},
		// A few at once: the account may send only so many mails a second.
		Queue: &QueueTrigger{Queue: "mails", Batch: 5, Concurrency: 4},
	},
	{
		Name: "bookkeeper", Does: "writes seats sold and refunded into the ledger",
		MemoryMB: 256, Timeout: 30 * time.Second,
		Env: []string{EnvLedger, EnvMetrics},
		Grants: []Grant{
			{Ledger, []string{"dsql:DbConnect"}},
		},
		Queue: &QueueTrigger{Queue: "bookings", Batch: 10, Window: time.Second, Concurrency: 4},
	},
	{
		Name: "rotate", Does: "replaces the token keys, so that every holder of a valid token keeps being let in",
		MemoryMB: 256, Timeout: time.Minute, Rotation: 14 * 24 * time.Hour,
		Env: []string{"ZONES_TABLE", EnvEdgeStore, EnvKeys},
		Grants: []Grant{
			{"zones", []string{"dynamodb:GetItem", "dynamodb:Scan"}},
			{EdgeStore, []string{"cloudfront-keyvaluestore:DescribeKeyValueStore", "cloudfront-keyvaluestore:GetKey",
				"cloudfront-keyvaluestore:UpdateKeys"}},
			{TokenKeys, []string{"secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue",
				"secretsmanager:UpdateSecretVersionStage"}},
		},
	},
}
