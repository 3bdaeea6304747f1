// Words on the page, written only when they change: what a translator or an extension made of them since stays.

const written = new WeakMap();

// write puts words into an element, and hides it while there are none.
export function write(node, words) {
  if (written.get(node) === words) return;
  written.set(node, words);
  node.textContent = words;
  node.hidden = !words;
}
