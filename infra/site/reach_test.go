package site

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"foyer/infra/test/browser"
)

// controls is JavaScript that makes `all`, the controls that can be used at the moment, those of the seat map included.
const controls = `
  const roots = [document, ...[...document.querySelectorAll('foyer-seats')].map((n) => n.shadowRoot)];
  const open = roots.map((r) => r.querySelector('dialog[open]')).find(Boolean);
  const all = roots.flatMap((r) => [...r.querySelectorAll('button, a[href], select, input, summary')])
    .filter((n) => n.checkVisibility({ visibilityProperty: true }) && (!open || open.contains(n)) &&
      n.className !== 'skip' && !n.disabled && n.getClientRects().length);
  const name = (n) => n.tagName + ' ' + (n.id || n.className) + ' ' +
    (n.getAttribute('aria-label') || n.textContent || '').slice(0, 30);
`

// hidden names the controls that something else covers where they stand, or that can't be brought into view.
const hidden = `(() => {` + controls + `
  const out = [];
  for (const n of all) {
    n.scrollIntoView({ block: 'center', inline: 'nearest', behavior: 'instant' });
    const b = n.getClientRects()[0], x = b.left + b.width / 2, y = b.top + b.height / 2;
    const hit = n.getRootNode().elementFromPoint(x, y);
    const label = n.closest('label');
    if (!hit || !(n.contains(hit) || label && label.contains(hit)))
      out.push(name(n) + ' at ' + Math.round(x) + ',' + Math.round(y) + ' under ' +
        (hit ? hit.tagName + ' ' + hit.className : 'nothing'));
  }
  scrollTo(0, 0);
  return out;
})()`

// faint names the controls whose edge, or else whose face, is less than 3:1 against what is behind them. Those that are
// words, underlined or marked, are read as words.
const faint = `(() => {` + controls + `
  const parse = (text) => {
    const n = text.match(/-?[\d.]+/g).map(Number);
    const [r, g, b] = text.startsWith('color(') ? n.map((v) => v * 255) : n;
    return [r, g, b, n.length > 3 ? n[3] : 1];
  };
  const over = ([r, g, b, a], [x, y, z]) => [r * a + x * (1 - a), g * a + y * (1 - a), b * a + z * (1 - a)];
  const up = (n) => n.parentElement || n.getRootNode().host;
  const behind = (n) => {
    if (!n) return [255, 255, 255];
    const c = parse(getComputedStyle(n).backgroundColor);
    return c[3] === 1 ? c : over(c, behind(up(n)));
  };
  const light = (c) => c.slice(0, 3).map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ratio = (a, b) => {
    const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };
  const controls = all.filter((n) => ['BUTTON', 'SELECT', 'INPUT'].includes(n.tagName) && n.type !== 'checkbox');
  return controls.map((n) => {
    const s = getComputedStyle(n), back = behind(up(n));
    const frame = n.closest('.stepper, .tabs');
    const words = s.textDecorationLine === 'underline' || n.matches('.fold, .quiet, .drop, [data-status=taken]');
    if (words || frame) return '';
    const best = Math.max(ratio(over(parse(s.borderTopColor), behind(n)), back), ratio(behind(n), back));
    return best < 3 ? name(n) + ' ' + best.toFixed(2) : '';
  }).filter(Boolean);
})()`

// Where the system chooses all colours, what is pressed, one's own and held still differ.
func TestStatesAreToldWithoutColours(t *testing.T) {
	tab := browser.Start(t).Visitor(t)
	saleScenes["map-near"](t, tab)
	err := chromedp.Do(tab.Context(), func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "forced-colors", Value: "active"}},
		})
		return chromedp.Void{}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	until(tab, "matchMedia('(forced-colors: active)').matches")
	for what, differ := range map[string]string{
		"the chosen view": `getComputedStyle($('.tabs [aria-pressed=true]')).outlineStyle !==
			getComputedStyle($('.tabs [aria-pressed=false]')).outlineStyle`,
		"the chosen price": `getComputedStyle($('.chips [aria-pressed=true]')).outlineStyle !==
			getComputedStyle($('.chips [aria-pressed=false]')).outlineStyle`,
		"one's own seats": `getComputedStyle($('.own circle')).fill !== getComputedStyle($('.area')).fill`,
		"a section":       `getComputedStyle($('.area')).fill !== getComputedStyle($('.area')).stroke`,
		"the fuse":        `getComputedStyle($('.fuse i')).backgroundColor !== getComputedStyle($('.hold')).backgroundColor`,
	} {
		if !browser.Eval[bool](tab, in(differ)) {
			t.Errorf("%s can't be told", what)
		}
	}
}
