CREATE OR REPLACE VIEW ledger_sales_by_minute AS
SELECT zone, section, date_trunc('minute', at) AS minute, currency, count(*) AS seats, sum(amount)::bigint AS amount
FROM ledger_entries
WHERE kind = 'sale'
GROUP BY zone, section, date_trunc('minute', at), currency
