// The mailbox: every mail that was sent, as its reader would see it.

const $ = (id) => document.getElementById(id);
let mails = [];
let open = 0; // the id of the mail on show
let form = 'html';

async function refresh() {
  try {
    const answer = await fetch('mails');
    const fresh = await answer.json();
    if (fresh.length !== mails.length || fresh[0]?.id !== mails[0]?.id) {
      mails = fresh;
      list();
    }
  } catch {
    $('count').textContent = 'The local cloud has stopped';
  }
}

function list() {
  const wanted = $('search').value.trim().toLowerCase();
  const all = $('crowd').checked || wanted;
  const found = mails.filter((m) => (all || !m.crowd) && m.to.toLowerCase().includes(wanted));
  const hidden = mails.filter((m) => m.crowd).length;
  $('crowd').parentNode.hidden = !hidden;
  $('count').textContent = (found.length === 1 ? '1 mail' : `${found.length.toLocaleString('en')} mails`) + (hidden && !all ? `, and ${hidden.toLocaleString('en')} to the crowd` : '');
  $('none').hidden = found.length > 0;
  $('mails').replaceChildren(...found.slice(0, 300).map(line));
  if (!open && found.length) show(found[0]);
}

function line(m) {
  const [item, button, head, when, subject] = ['li', 'button', 'b', 'time', 'span'].map((name) => document.createElement(name));
  when.textContent = new Date(m.at).toLocaleTimeString('en', { hour12: false });
  when.dateTime = m.at;
  head.append(m.to, when);
  subject.textContent = m.subject;
  button.type = 'button';
  button.dataset.id = m.id;
  button.setAttribute('aria-current', m.id === open);
  button.append(head, subject);
  button.onclick = () => show(m);
  item.append(button);
  return item;
}

function show(m) {
  open = m.id;
  for (const b of document.querySelectorAll('#mails button')) b.setAttribute('aria-current', b.dataset.id === String(open));
  $('mail').hidden = false;
  $('subject').textContent = m.subject;
  $('who').textContent = `${m.from} → ${m.to}`;
  body();
}

function body() {
  $('mail').dataset.form = form;
  $('body').src = `mails/${open}/${form === 'phone' ? 'html' : form}`;
  for (const b of document.querySelectorAll('button[data-form]')) b.setAttribute('aria-pressed', b.dataset.form === form);
}

for (const b of document.querySelectorAll('button[data-form]')) {
  b.onclick = () => {
    form = b.dataset.form;
    body();
  };
}
$('search').oninput = $('crowd').onchange = list;
refresh();
setInterval(refresh, 2000);
