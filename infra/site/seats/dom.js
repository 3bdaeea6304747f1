// Making the page's elements.

// make makes an SVG element in a parent.
export function make(name, attributes, parent) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const key in attributes) node.setAttribute(key, attributes[key]);
  if (parent) parent.append(node);
  return node;
}

// h makes an element: attributes by name, listeners as on…, children as they are; what is empty is left out.
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const key in attributes) {
    const value = attributes[key];
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, '');
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children.filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}
