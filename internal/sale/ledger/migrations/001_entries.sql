-- Every seat sold and every seat refunded, a row each. Rows are added and never changed.
CREATE TABLE IF NOT EXISTS ledger_entries (
  order_id    text        NOT NULL,
  seat        text        NOT NULL,
  kind        text        NOT NULL CHECK (kind IN ('sale', 'refund', 'refund_failed')),
  n           integer     NOT NULL CHECK (n >= 1),      -- the first, second … of its kind
  number      text        NOT NULL,                     -- the order's, for people
  zone        text        NOT NULL,
  section     text        NOT NULL,
  label       text        NOT NULL,
  category    text        NOT NULL,
  type        text        NOT NULL,                     -- the price type
  amount      bigint      NOT NULL CHECK (amount >= 0), -- minor units
  currency    text        NOT NULL,                     -- ISO 4217, lower case
  vat_rate    integer     NOT NULL,                     -- hundredths of a per cent; 0: none is stated
  vat         bigint      NOT NULL,                     -- of the amount, minor units
  seller      text        NOT NULL,                     -- who sells; empty: it isn't stated
  vat_id      text        NOT NULL,                     -- the seller's
  payment     text        NOT NULL,                     -- the provider's id
  at          timestamptz NOT NULL,                     -- when it happened
  recorded_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (order_id, seat, kind, n)
)
