// Dates and times as the visitor's region writes them, in the words of the page's language.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

const written = (region, zone) => {
  const script = `
    const { moment } = await import('./shared/moment.js');
    const day = { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', timeZone: '${zone}' };
    process.stdout.write([moment('2027-06-19T20:45:00+02:00', day), moment(Date.UTC(2027, 0, 1), { timeZone: 'UTC' })].join(' | '));`;
  const env = { ...process.env, LC_ALL: region + '.UTF-8', TZ: 'UTC' };
  return execFileSync(process.execPath, ['--import', './test/texts.js', '--input-type=module', '-e', script], { env }).toString()
    .replace(/[\u202f\u00a0]/g, ' ');
};

test('the visitor’s region decides order and clock, the event’s place the zone', () => {
  for (const [region, want] of [
    ['en_US', 'Saturday, June 19, 2027 at 8:45 PM | 12:00 AM'],
    ['de_DE', 'Saturday, 19 June 2027 at 20:45 | 00:00'],
    ['pt_BR', 'Saturday, 19 June 2027 at 20:45 | 00:00'],
    ['ar_EG', 'Saturday, 19 June 2027 at 8:45 pm | 12:00 am'],
  ]) assert.equal(written(region, 'Europe/Madrid'), want, region);
});
