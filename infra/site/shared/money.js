// Amounts in a currency's minor units, written as people write them.

import { lang } from './say.js';

const writers = {}; // to make one takes far longer than to use it

// money writes an amount: money(6550, 'EUR', 2) is €65.50, and whole amounts go without a fraction. How many digits the
// fraction has comes with the amount and never from the browser, whose own table is another.
export function money(minor, currency, digits) {
  const unit = 10 ** digits, fraction = minor % unit ? digits : 0;
  const write = (writers[currency + fraction] ||= new Intl.NumberFormat(lang, {
    style: 'currency', currency: currency.toUpperCase(), minimumFractionDigits: fraction, maximumFractionDigits: fraction,
  }));
  return write.format(minor / unit);
}
