// Texts of the dictionary, filled in. A folder's `t` is its part of the dictionary, which the build puts in for
// FOYER_TEXTS; every text is used by its whole name, t.hold.left, and never joined to another one.

export const lang = FOYER_TEXTS.lang;
const rules = new Intl.PluralRules(lang);
const figures = new Intl.NumberFormat(lang);

// count writes a number of people or things.
export const count = (n) => figures.format(n);

// say is a text with values in place of {name}. Where a text has plural forms, n chooses.
export function say(text, values = {}) {
  if (text.other) text = text[rules.select(values.n)] || text.other;
  return text.replace(/{(\w+)}/g, (all, name) => (typeof values[name] === 'number' ? count(values[name]) : values[name] ?? all));
}

// names lists things as people do: A, B and C.
export const names = (all) => new Intl.ListFormat(lang, { type: 'conjunction' }).format(all);

// around is a text as nodes, with an element in the one place that it has for one.
export function around(text, element) {
  const [before, after] = text.split(/{\w+}/).map((part) => {
    const node = document.createElement('span');
    node.textContent = part;
    return node;
  });
  return [before, element, after];
}
