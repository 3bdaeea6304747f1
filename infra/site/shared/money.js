// Amounts in a currency's minor units, written as people write them.

const digits = new Map();

// money writes an amount: money(6550, 'EUR', 'en') is €65.50, and whole amounts go without a fraction.
export function money(minor, currency, lang) {
  const name = currency.toUpperCase();
  const format = (options) => new Intl.NumberFormat(lang, { style: 'currency', currency: name, ...options });
  if (!digits.has(name)) digits.set(name, format().resolvedOptions().maximumFractionDigits);
  const unit = 10 ** digits.get(name);
  return format(minor % unit ? {} : { minimumFractionDigits: 0, maximumFractionDigits: 0 }).format(minor / unit);
}
