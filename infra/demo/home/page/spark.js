// A line over the last five minutes, or as many as there have been, drawn to its own greatest value, with a limit
// where there is one. A minute is the least it spans.

const least = 60;
const width = 300;
const height = 40;
const svg = 'http://www.w3.org/2000/svg';

export function spark(element, values, limit = 0) {
  if (!element.firstChild) prepare(element);
  const [area, stroke, line] = element.children;
  const most = Math.max(1, ...values);
  const y = (n) => (height - 1 - (height - 3) * (n / most)).toFixed(1);
  const step = width / (Math.max(least, values.length) - 1);
  const x = (i) => (width - (values.length - 1 - i) * step).toFixed(1);
  const points = values.map((n, i) => `${x(i)} ${y(n)}`).join('L');
  stroke.setAttribute('d', values.length ? 'M' + points : '');
  area.setAttribute('d', values.length ? `M${x(0)} ${height}L${points}L${width} ${height}Z` : '');
  const shown = limit > 0 && limit <= most * 1.5;
  line.setAttribute('d', shown ? `M0 ${y(Math.min(limit, most))}H${width}` : '');
}

function prepare(element) {
  element.setAttribute('viewBox', `0 0 ${width} ${height}`);
  element.setAttribute('preserveAspectRatio', 'none');
  for (const name of ['area', 'stroke', 'limit']) {
    const path = document.createElementNS(svg, 'path');
    path.setAttribute('class', name);
    element.append(path);
  }
}
