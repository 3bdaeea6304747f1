-- The names of buyers, beside the books, which are never changed: a name can be erased, and then stays so.
CREATE TABLE IF NOT EXISTS ledger_people (
  order_id  text        PRIMARY KEY,
  name      text        NOT NULL, -- empty: it was erased
  erased_at timestamptz
)
