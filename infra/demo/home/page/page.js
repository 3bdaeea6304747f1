// What the parts of the page share.

export const $ = (id) => document.getElementById(id);
export const number = (n) => n.toLocaleString('en');
export const put = (id, text) => {
  if ($(id).textContent !== text) $(id).textContent = text;
};

// call resolves to nothing, or to what went wrong.
export async function call(method, path, body) {
  try {
    const answer = await fetch('api/' + path, { method, body: body && JSON.stringify(body), headers: { 'content-type': 'application/json' } });
    if (answer.ok) return '';
    const problem = await answer.json();
    return problem.detail || problem.title;
  } catch {
    return 'The local cloud does not answer.';
  }
}
