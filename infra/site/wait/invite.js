// What an invite in the address is worth to somebody who has a place. The edge uses one by itself only where nobody
// loses a place by it. The page loads this module for an address with an invite.

const t = FOYER_TEXTS.invite;

// invited says it in `line`, and offers by the button `use` to go to home with the invite.
export async function invited(calls, invite, home, line, use) {
  const { body } = await calls.status(invite);
  line.textContent = t.worth[body.invite] || '';
  line.hidden = !line.textContent;
  use.textContent = t.use;
  use.hidden = body.invite !== 'good';
  use.onclick = () => {
    const url = new URL(home, location.href);
    url.searchParams.set('foyer_invite', invite);
    location.assign(url.href);
  };
}
