-- Whom the doors let in: seats sold and not refunded.
CREATE OR REPLACE VIEW ledger_admissions AS
SELECT s.zone, s.section, s.seat, s.label, s.category, s.type, coalesce(p.name, '') AS name, s.order_id, s.number, s.at AS sold_at
FROM ledger_entries s
LEFT JOIN ledger_people p ON p.order_id = s.order_id
WHERE s.kind = 'sale' AND NOT EXISTS (
  SELECT 1 FROM ledger_entries r WHERE r.order_id = s.order_id AND r.seat = s.seat AND r.kind = 'refund'
)
