// What an invite in the address is worth to somebody who has a place. The edge uses one by itself only where nobody
// loses a place by it. The page loads this module for an address with an invite.

// All texts about invites. A language is one object of this shape.
const t = {
  good: 'This link holds an invite with a better place than yours. Using it gives up the place that you have.',
  'no better': 'This link holds an invite, but the place that you have is as good.',
  dead: 'The invite in this link is no longer good. Your place is an ordinary one.',
  use: 'Use the invite',
};

// invited says it in `line`, and offers by the button `use` to go to home with the invite.
export async function invited(calls, invite, home, line, use) {
  const { body } = await calls.status(invite);
  line.textContent = t[body.invite] || '';
  line.hidden = !line.textContent;
  use.textContent = t.use;
  use.hidden = body.invite !== 'good';
  use.onclick = () => {
    const url = new URL(home, location.href);
    url.searchParams.set('foyer_invite', invite);
    location.assign(url.href);
  };
}
