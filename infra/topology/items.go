package topology

// Item is a kind of item that a table holds, and the legend of its attributes. Names are short where a census, a tick
// or a map reads many items. Times are milliseconds since 1970 unless said otherwise; "ttl" is in seconds, since
// DynamoDB asks for that.
//
// Tests of the stores hold this against every item that their contracts write.
type Item struct {
	Table string // a Table's Name
	Is    string // one line for people

	// Hash and Range say how the key is made: what stands in <> varies. Of several kinds that fit, the first is meant.
	Hash, Range string

	// Attributes are those beside the key: a name, "list[].name" in a list of maps, or a name with a part in <>.
	Attributes []Legend
}

// Legend says what an attribute means.
type Legend struct {
	Name   string
	Means  string // with its unit
	Absent string // what it means that there is none; empty: it is always there
}

const (
	forgottenAt = "when DynamoDB may forget the item, s"
	never       = "it hasn't happened"
)

// Items are all kinds of item of all tables.
var Items = []Item{
	// zones: what an operator sets, what everybody may know, and the leader of a loop.
	{
		Table: "zones", Is: "settings: what the operator decided", Hash: "<zone>", Range: "settings",
		Attributes: []Legend{
			{"version", "counts changes, from 1; a write is conditioned on the one before", ""},
			{"title", "for people", "none"},
			{"state", "scheduled, open, paused or closed", "never, in a valid zone"},
			{"opensAt", "when it opens by itself", "no time is set"},
			{"policy", "first-come, draw, reject or passthrough; fixed", "never, in a valid zone"},
			{"capacity", "the most live grants", ""},
			{"rate", "entries a minute", ""},
			{"window", "the claim window, ms", ""},
			{"session", "how long a grant lives inside, ms", ""},
			{"renews", "whether activity inside renews the session", ""},
			{"maxVisit", "hard limit of a renewed session, ms; 0: four sessions", ""},
			{"seatsPerBuyer", "1 to 8", ""},
			{"seatFactor", "inside are at most seats left × this; 0: off", ""},
			{"payFor", "from checking out to the end of paying, ms", "15 minutes"},
			{"queueShards", "partitions of the zone's queue; fixed", ""},
			{"grantShards", "partitions of the zone's log of grants; fixed", ""},
			{"failMode", "closed or open: what the edge does when it can't tell", "never, in a valid zone"},
			{"saleEnded", "true: nobody chooses seats or starts an order any more", "the sale goes on"},
			{"revoked", "batches of invites that no longer count, with a space between", "none is"},
			{"probe", "address that answers 2xx while the site is well: the zone pauses while it doesn't", "nobody looks"},
			{"pausedByProbe", "true: the probe paused the zone, and will open it", "an operator did, or it isn't paused"},
			{"clearing", "reset or delete: everything of the zone is being removed", "nothing is"},
			{"drawNumber", "numbers the seeds of a draw: another number, another seed", "0, or no draw"},
			{"letThrough", "true: everybody goes on to the site, past the queue", "the queue is in force"},
		},
	},
	{
		Table: "zones", Is: "event: what everybody is told of what the zone sells", Hash: "<zone>", Range: "event",
		Attributes: []Legend{
			{"version", "counts changes, from 1; a write is conditioned on the one before", ""},
			{"data", "event.Event, JSON, as the public answer has it", ""},
		},
	},
	{
		Table: "zones", Is: "status: what the exchanger last found", Hash: "<zone>", Range: "status",
		Attributes: []Legend{
			{"version", "counts changes, from 1; a write is conditioned on the one before", ""},
			{"at", "when it was found", "unknown"},
			{"state", "what visitors see: scheduled until the opening, then open, and so on", "unknown"},
			{"direct", "there is room and nobody waits: visitors may go straight to the admitter", ""},
			{"soldOut", "no seat is left", ""},
			{"called", "the order key up to which visitors were called, hex", "nobody was"},
			{"live", "grants reserved or inside", ""},
			{"inside", "grants inside", ""},
			{"waiting", "visitors who wait", ""},
			{"seatsLeft", "-1: the zone sells no seats", ""},
			{"rateLow", "how slow the line may go, visitors a minute, measured", ""},
			{"rateHigh", "how fast it may go, the same way", ""},
			{"seed", "the draw's seed, hex", "not revealed, or no draw"},
			{"commit", "SHA-256 of zone and seed, hex", "no draw"},
			{"floor", "the oldest page of the log that still matters: a hint for reading", ""},
			{"idle", "true: nobody uses the zone, so that it is looked at rarely, and who registers wakes it", "it is used"},
			{"overcalled", "true: who claims late is called anew", "they are let in"},
		},
	},
	{
		Table: "zones", Is: "census: the counting that tells everybody their place", Hash: "<zone>", Range: "census",
		Attributes: []Legend{
			{"at", "when the counting began; an older one is never written over a newer", ""},
			{"total", "visitors waiting then", ""},
			{"knots", "the cumulative count over order keys, packed: internal/room/census", "nobody waited"},
			{"duration", "how long the counting took, ms", ""},
		},
	},
	{
		Table: "zones", Is: "rules: which requests belong to which zone", Hash: "~rules", Range: "rules",
		Attributes: []Legend{
			{"version", "counts changes, from 1; a write is conditioned on the one before", ""},
			{"hosts", "JSON: host, or * for the main one → its rules in their order, as an operator writes them", ""},
		},
	},
	{
		Table: "zones", Is: "a lease: which run of a loop leads", Hash: "~lease", Range: "lease.<loop>",
		Attributes: []Legend{
			{"run", "the run that leads", ""},
			{"started", "when that run started: a later one takes over", ""},
			{"beat", "when it last said that it leads; another stands in when this doesn't change", ""},
		},
	},

	// queue: a visitor's place. Its shard follows from the visitor id, its key is the order key: reading a shard
	// upwards is reading its visitors in their order.
	{
		Table: "queue", Is: "a wake-up: visitors registered in an idle zone", Hash: "~wake", Range: "<zone>",
		Attributes: []Legend{
			{"n", "counts them: exchangers look at the zone when it changes", ""},
			{"ttl", forgottenAt + ": eight days after the last", ""},
		},
	},
	{
		Table: "queue", Is: "a visitor's place; behind all of them, markers",
		Hash: "<zone>#<shard>", Range: "<order key>",
		Attributes: []Legend{
			{"r", "when the visitor registered first", ""},
			{"c", "the WebSocket connection to notify", "registered over HTTP only"},
			{"ca", "when that connection was made: a newer one replaces it, an older one doesn't", "as c"},
			{"a", "when the visitor last asked to be let in: who asked just now goes in when called", "never"},
			{"ttl", forgottenAt + ": eight days after registering", ""},
		},
	},

	// grants: the log that is the bucket, and its index. Pages are only ever appended.
	{
		Table: "grants", Is: "a note of the log's index, by the first 15 bytes of the highest key that it reaches to",
		Hash: "<zone>#index", Range: "<number>",
		Attributes: []Legend{
			{"p", "the number of the first page that it is of", ""},
			{"k", "the highest order key called up to each of its pages, one after the other", ""},
			{"ttl", forgottenAt + ": 400 days after it was written", ""},
		},
	},
	{
		Table: "grants", Is: "where a visitor's newest grant is who was called late, by the first 15 bytes of the id",
		Hash: "<zone>#late.<shard>", Range: "<number>",
		Attributes: []Legend{
			{"p", "its page; a higher one replaces it, a lower one doesn't", ""},
			{"o", "its slot", ""},
			{"ttl", forgottenAt + ": 400 days after it was written", ""},
		},
	},
	{
		Table: "grants", Is: "a page of the log", Hash: "<zone>#<shard>", Range: "<page>",
		Attributes: []Legend{
			{"at", "when it was appended", ""},
			{"called", "the highest order key called by this page and all before it", ""},
			{"n", "true: the last change is news for a visitor; notify's stream filter asks for it", "it isn't"},
			{"v", "counts the writes that changed grants", "none did"},
			{"in", "the slots, as bits, whose grants began inside; it never changes", "none"},
			{"by", "the process that appended it, in up to eight characters; it never changes", "it wasn't said"},
			{"g", "the page's grants, 1 to 12, in the order of their slots", ""},
			{"g[].k", "the visitor's order key", ""},
			{"g[].s", "r reserved, i inside, l left, e expired, m missed", ""},
			{"g[].u", "end of the claim window (r) or of the session (i); in a final state, when that began", ""},
			{"g[].c", "reserved: the connection to notify; inside: hashes of the networks that load pages", "there is none"},
			{"ttl", forgottenAt + ": 400 days after the appending", ""},
		},
	},

	// seats: maps, what they show from afar, and the seats themselves. A seat's item is made when it is first touched.
	{
		Table: "seats", Is: "a map's overview", Hash: "<zone>#~map", Range: "~overview",
		Attributes: []Legend{
			{"data", "venue.Overview, JSON in gzip", ""},
			{"version", "counts loadings, from 1; a write is conditioned on the one before", ""},
		},
	},
	{
		Table: "seats", Is: "seats left, section by section, as maps show them from afar",
		Hash: "<zone>#~map", Range: "~counts",
		Attributes: []Legend{
			{"at", "when they were counted; an older count is never written over a newer", ""},
			{"data", "section to seats left, JSON", ""},
		},
	},
	{
		Table: "seats", Is: "a section of a map, of the present version or the one before",
		Hash: "<zone>#~map", Range: "<version>.<section>.<hash>",
		Attributes: []Legend{{"data", "venue.Section, JSON in gzip", ""}},
	},
	{
		Table: "seats", Is: "a seat", Hash: "<zone>#<section>", Range: "<seat>",
		Attributes: []Legend{
			{"h", "the holder: a visitor id in hex, or house: and a label; it stays when the lock expires", "nobody's"},
			{"u", "end of the lock: it holds while this is after now", "no lock; of a seat with o, it was sold"},
			{"x", "true: the lock is of a payment under way", "it isn't"},
			{"o", "the order that took the seat: it is sold", "not sold"},
			{"c", "when it was last locked, given up, sold or given back", "unknown"},
			{"v", "counts changes, from 1: of two messages about a seat the higher counts", ""},
			{"ttl", forgottenAt + ": 800 days after the last change", ""},
		},
	},

	// holds: what a buyer has, and what counts against limits.
	{
		Table: "holds", Is: "a buyer's hold", Hash: "<zone>#<visitor>", Range: "hold",
		Attributes: []Legend{
			{"version", "counts changes, from 1; a lock is conditioned on the one before", ""},
			{"seats", "the seats locked, a set", "none"},
			{"types", "price types of seats that aren't locked at the standard one, a set of \"<seat> <type>\"", "none"},
			{"u", "end of all their locks, or when the last ones ended", "none ever"},
			{"since", "when the present holding began: swapping or releasing seats begins no other", "bought, or none ever"},
			{"payby", "limit of the holding's payments: its first payment sets it", "no payment yet"},
			{"x", "true: extended once, for a payment", "it wasn't"},
			{"bought", "seats bought, less those given back", "none ever"},
			{"b:<type>", "of them, those at a price type", "none ever"},
			{"pace", "the virtual time of the next choice: how far choices run ahead (GCRA)", "never chose"},
			{"opace", "the virtual time of the next order (GCRA)", "never ordered"},
			{"latest", "the order that opace counted last", "never ordered"},
			{"freed", "orders and partial refunds whose seats were given back, a set: each gives back once", "none"},
			{"ttl", forgottenAt + ": 800 days after the last change", ""},
		},
	},
	{
		Table: "holds", Is: "what counts against an e-mail address's limit",
		Hash: "<zone>#<email hash>", Range: "email",
		Attributes: []Legend{
			{"n", "seats of orders that are pending, authorised or paid", ""},
			{"b:<type>", "of them, those at a price type", "none ever"},
			{"ttl", forgottenAt + ": 800 days after the last order", ""},
		},
	},
	{
		Table: "holds", Is: "a buyer's latest order", Hash: "<zone>#<visitor>", Range: "order",
		Attributes: []Legend{
			{"o", "the order's id", ""},
			{"ttl", forgottenAt + ": 800 days after the order", ""},
		},
	},

	{
		Table: "holds", Is: "an order's number: each is given once", Hash: "~number#<number>", Range: "number",
		Attributes: []Legend{{"o", "the order's id", ""}},
	},
	{
		Table: "holds", Is: "an order by an address that it was corrected to",
		Hash: "~corrected#<email hash>", Range: "<order>",
		Attributes: []Legend{
			{"createdAt", "when the order was made", ""},
			{"ttl", forgottenAt + ": 400 days after the order", ""},
		},
	},

	// orders: the index "open" holds only items with an open; "email" and "made" find orders for operators.
	{
		Table: "orders", Is: "an order", Hash: "<order>",
		Attributes: []Legend{
			{"number", "for people: on pages, mails, tickets, exports and at the provider; unique", ""},
			{"version", "counts changes, from 1; a write is conditioned on the one before", ""},
			{"zone", "where it was bought: key of the index made", ""},
			{"buyer", "the visitor id, hex", ""},
			{"grant", "the grant of the buyer's visit, page.slot: it ends when the order is paid", "none"},
			{"linkHash", "hash of the link secret that opens the order's pages, hex", ""},
			{"email", "as the buyer gave it, or corrected it since", "empty: it was erased"},
			{"emailHash", "of zone and normalised address, for the limit: key of the index email", "it was erased"},
			{"corrected", "hashes of the addresses that it was corrected to, a list", "it was not"},
			{"name", "as the buyer gave it", "empty: it was erased"},
			{"lines", "the seats bought, a list", ""},
			{"lines[].section", "the seat's section", ""},
			{"lines[].seat", "the seat", ""},
			{"lines[].sectionName", "what people call the section", "no name"},
			{"lines[].rowLabel", "what people call the row", "a place of a standing section"},
			{"lines[].seatLabel", "what people call the seat, or the place's number", "no name"},
			{"lines[].category", "the seat's category", "it has none"},
			{"lines[].type", "the price type", "standard"},
			{"lines[].typeName", "what people call the type", "the map has no types"},
			{"lines[].most", "seats that a buyer may have at that type", "as many as in all"},
			{"lines[].price", "all-in, minor units", ""},
			{"lines[].vat", "rate of the tax in it, hundredths of a per cent", "none is stated"},
			{"amount", "all lines, minor units", ""},
			{"currency", "ISO 4217, lower case", ""},
			{"limit", "seats that a buyer and an address may have in the zone", ""},
			{"seller", "who sells, as the event states it", "it states none"},
			{"vatId", "the seller's", "it states none"},
			{"event", "what, when and where, as the buyer was told, in one line", "nothing is known of it"},
			{"site", "scheme and host of the pages to which the provider sends the buyer back", ""},
			{"method", "card, or free: there is nothing to pay", ""},
			{"follows", "the buyer's latest order before this one", "none"},
			{"request", "hash of the request that made it, to tell a repeat from another", "empty: it was erased"},
			{"state", "pending, authorised, paid, closing, expired, cancelled or refunded", ""},
			{"reason", "why it ended", "it hasn't"},
			{"createdAt", "when it was made: sort key of the indexes email and made", ""},
			{"payBy", "the one hard limit for paying", ""},
			{"open", "the zone, while the order waits for something: key of the index open", "it waits for nothing"},
			{"due", "when the sweeper looks at it: sort key of the index open", ""},
			{"since", "from when on it should have gone further: in the index open", "it waits for nothing"},
			{"usedKeys", "idempotency keys that the provider would repeat an old answer to", "none"},
			{"refusal", "what the provider refused when its page was opened: its code and the parameter", "nothing"},
			{"tries", "looks in a row that brought it no further", "none"},
			{"session", "the provider's checkout", "none was opened"},
			{"url", "the provider's page", "none was opened"},
			{"payment", "the provider's payment", "none is known"},
			{"authorisedAt", "when the seats were taken", never},
			{"paidAt", "when the money was found captured", never},
			{"refundAt", "when the refund of everything was asked for", never},
			{"endedAt", "when it expired, was cancelled or refunded", never},
			{"partialRefunds", "refunds of single seats, a list in the order they were asked for", "none"},
			{"partialRefunds[].seats", "the seats, a list", ""},
			{"partialRefunds[].amount", "what they cost, minor units", ""},
			{"partialRefunds[].refundedTotal", "what has gone back of the order once this is done, minor units", ""},
			{"partialRefunds[].toHouse", "true: the seats go to the house", "back into the sale"},
			{"partialRefunds[].askedAt", "when it was asked for", ""},
			{"partialRefunds[].doneAt", "when the provider had done it", "under way"},
			{"failedRefunds", "refunds that the buyer's bank sent back, a list in the order they were heard of", "none"},
			{"failedRefunds[].id", "the provider's", ""},
			{"failedRefunds[].number", "of the partial refund, from 1", "of all the rest, or not ours"},
			{"failedRefunds[].seats", "that it was for, a list", "none that is known"},
			{"failedRefunds[].amount", "what came back, minor units", ""},
			{"failedRefunds[].at", "when it was heard of", ""},
			{"failedRefunds[].askedAt", "when it was asked for again", "it was not"},
			{"failedRefunds[].refundedTotal", "what the provider has sent in all once it is made again", "it was not"},
			{"failedRefunds[].doneAt", "when it was made again", "it was not"},
			{"refundedTotal", "the most that the provider was heard to have given back, minor units", "nothing"},
			{"dispute", "open, won or lost", "none"},
			{"mails", "how often the buyer asked for the tickets again", "never"},
			{"mailedAt", "when that was last", "never"},
			{"ttl", forgottenAt + ": 800 days after the last change", "it waits for something, as open says"},
		},
	},

	// viewers: which sections of a map each connection looks at, and the pace of messages.
	{
		Table: "viewers", Is: "messages of one second, of all maps", Hash: "~budget", Range: "<second>",
		Attributes: []Legend{
			{"n", "messages spent", ""},
			{"by", "the call that spent last, so that its repetition is recognised", ""},
			{"ttl", forgottenAt + ": an hour later", ""},
		},
	},
	{
		Table: "viewers", Is: "a map's connection", Hash: "~<connection>", Range: "~view",
		Attributes: []Legend{
			{"zone", "whose map it is", ""},
			{"sections", "those looked at, a set", "none"},
			{"at", "when that was said last; 0: never", ""},
			{"clock", "until then its changes are paid for; a minute ahead is a flood", "nothing was said"},
			{"until", "end of the view", ""},
			{"ttl", forgottenAt + ": the end of the view", ""},
		},
	},
	{
		Table: "viewers", Is: "a zone's turns", Hash: "<zone>#~turn", Range: "~turn",
		Attributes: []Legend{
			{"at", "when the last turn was taken", "none was"},
			{"by", "the call that took it", "none was"},
			{"w", "the call that waits for the next", "none waits"},
			{"wu", "until when it may wait", "none waits"},
			{"s:<section>", "when a change in the section was last noted", "never"},
			{"ttl", forgottenAt + ": an hour after the last note", ""},
		},
	},
	{
		Table: "viewers", Is: "a section's pace", Hash: "<zone>#<section>", Range: "~pace",
		Attributes: []Legend{
			{"quiet", "until then its maps read the snapshot by themselves", ""},
			{"ttl", forgottenAt + ": an hour later", ""},
		},
	},
	{
		Table: "viewers", Is: "a viewer of a section", Hash: "<zone>#<section>", Range: "<connection>",
		Attributes: []Legend{
			{"until", "end of the view", ""},
			{"ttl", forgottenAt + ": the end of the view", ""},
		},
	},

	// jobs: what was done outside and can't be asked to be done only once.
	{
		Table: "jobs", Is: "a piece of work, such as a mail", Hash: "<work>",
		Attributes: []Legend{
			{"owner", "the invocation that does it", "it was finished without being begun"},
			{"until", "end of the owner's lease; 0: released", "as owner"},
			{"done", "when it was finished", "it isn't"},
			{"note", "what came of it, such as the mail service's id", "as done"},
			{"ttl", forgottenAt + ": 90 days later", ""},
		},
	},
}
