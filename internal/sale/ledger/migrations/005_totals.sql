CREATE OR REPLACE VIEW ledger_totals AS
SELECT zone, section, category, type, currency,
  count(*) FILTER (WHERE kind = 'sale') AS sold,
  count(*) FILTER (WHERE kind = 'refund') - count(*) FILTER (WHERE kind = 'refund_failed') AS refunded,
  coalesce(sum(amount) FILTER (WHERE kind = 'sale'), 0)::bigint AS gross,
  coalesce(sum(CASE kind WHEN 'refund' THEN amount WHEN 'refund_failed' THEN -amount END), 0)::bigint AS paid_back,
  coalesce(sum(CASE kind WHEN 'refund' THEN -amount ELSE amount END), 0)::bigint AS net
FROM ledger_entries
GROUP BY zone, section, category, type, currency
