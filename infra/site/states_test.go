package site

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"foyer/infra/test/browser"
	"foyer/internal/room/token"
)

// looks are those that every state is looked at in: by night every night, and otherwise in one of them, in turn.
var looks = []struct {
	name string
	browser.Look
}{
	{"a phone by day", browser.Look{Width: 390, Height: 844, Still: true}},
	{"a desk by night", browser.Look{Width: 1280, Height: 800, Dark: true, Still: true}},
	{"a phone by night", browser.Look{Width: 390, Height: 844, Dark: true, Still: true}},
	{"a desk by day", browser.Look{Width: 1280, Height: 800, Still: true}},
}

// small are windows of which little is left, because of the screen or because everything is enlarged to twice and four
// times its size.
var small = []struct {
	name string
	browser.Look
}{
	{"320 px", browser.Look{Width: 320, Height: 568, Still: true}},
	{"200 %", browser.Look{Width: 640, Height: 400, Still: true}},
	{"400 %", browser.Look{Width: 320, Height: 225, Still: true, Dark: true}},
}

// everyScene is everything that pages can show.
func everyScene() map[string]func(*testing.T, *browser.Tab) {
	all := maps.Clone(saleScenes)
	maps.Copy(all, ticketScenes)
	for name, scene := range scenes {
		all[name] = func(t *testing.T, tab *browser.Tab) { scene(newFront(t), tab) }
	}
	all["door-busy"] = func(t *testing.T, tab *browser.Tab) {
		newFront(t).struggles(tab)
		tab.Sees("longer than usual")
	}
	all["door-elsewhere"] = func(t *testing.T, tab *browser.Tab) {
		newFront(t).elsewhere(tab, token.AskAgain)
		tab.Sees("another network")
	}
	return all
}

// TestEveryStateIsForEverybody goes over every state of every page: axe-core finds nothing, nothing moves for who wants
// that, controls stand out from what is behind them, and where little room is nothing covers them and nothing runs out
// to the side. No state that the dictionary has words for is left out.
func TestEveryStateIsForEverybody(t *testing.T) {
	b := browser.Start(t)
	all := everyScene()
	heads := &seen{}
	work := make(chan int)
	var workers sync.WaitGroup
	for range 4 { // more than there are processors: many scenes wait
		tab := b.Visitor(t)
		workers.Go(func() {
			for i := range work {
				name := slices.Sorted(maps.Keys(all))[i]
				t.Run(name, func(t *testing.T) {
					tab = tab.Anew(t)
					isForEverybody(t, tab, i, all[name])
					heads.add(browser.Eval[string](tab, `document.querySelector('h1')?.textContent || ''`))
				})
			}
		})
	}
	for i := range len(all) {
		work <- i
	}
	close(work)
	workers.Wait()
	for what, head := range wordedStates(t) {
		if !heads.has(head) && what != "order.over.other" { // for reasons that no order has
			t.Errorf("no scene shows %s: %q", what, head)
		}
	}
}

// isForEverybody looks at the i-th scene.
func isForEverybody(t *testing.T, tab *browser.Tab, i int, scene func(*testing.T, *browser.Tab)) {
	t.Helper()
	tab.Look(looks[i%len(looks)].Look)
	scene(t, tab)
	for j, look := range looks {
		if j == i%len(looks) || os.Getenv("FOYER_NIGHTLY") != "" {
			tab.Look(look.Look)
			shutsNobodyOut(t, tab, look.name)
		}
	}
	for j, look := range small {
		if j == i%len(small) || os.Getenv("FOYER_NIGHTLY") != "" {
			tab.Look(look.Look)
			isReached(t, tab, look.name, look.Width)
		}
	}
	if errors := tab.Errors(); len(errors) > 0 {
		t.Errorf("the page complains: %q", errors)
	}
}

// shutsNobodyOut audits the page as it stands.
func shutsNobodyOut(t *testing.T, tab *browser.Tab, look string) {
	t.Helper()
	for _, fault := range browser.Audit(t, tab) {
		t.Errorf("on %s: %.400s", look, fault)
	}
	for _, one := range browser.Eval[[]string](tab, moving) {
		t.Errorf("on %s, for who wants no motion: %s", look, one)
	}
	for _, one := range browser.Eval[[]string](tab, faint) {
		t.Errorf("on %s faint: %s", look, one)
	}
}

// isReached checks that what can be pressed is in sight.
func isReached(t *testing.T, tab *browser.Tab, look string, width int64) {
	t.Helper()
	if wide := browser.Eval[int64](tab, `document.documentElement.scrollWidth`); wide > width {
		t.Errorf("at %s it is %d wide", look, wide)
	}
	for _, one := range browser.Eval[[]string](tab, hidden) {
		t.Errorf("at %s: %s", look, one)
	}
}

// moving names what moves, or would: by style, of every element and what stands before and after it.
const moving = `(() => {
  const roots = [document, ...[...document.querySelectorAll('foyer-seats')].map((n) => n.shadowRoot)];
  const out = new Set();
  const all = roots.flatMap((r) => [...r.querySelectorAll('*')]);
  for (const n of all) for (const part of [null, '::before', '::after']) {
    const s = getComputedStyle(n, part);
    const lasts = (list) => list.split(',').some((one) => parseFloat(one) > 0);
    const moves = s.animationName !== 'none' && lasts(s.animationDuration) || lasts(s.transitionDuration);
    if (moves || s.scrollBehavior === 'smooth')
      out.add(n.tagName + '.' + (n.getAttribute('class') || n.id) + (part || ''));
  }
  for (const r of roots) for (const one of r.getAnimations()) out.add('an animation of ' + one.effect.target?.tagName);
  return [...out];
})()`

// An audit that finds nothing may be blind: this one has to find a button without a name, inside the map's shadow, one
// that is as pale as what is behind it, and what moves for who has nothing against it.
func TestTheAuditSees(t *testing.T) {
	tab := browser.Start(t).Visitor(t)
	newHall(t, "theatre-300", 4).enter(tab)
	browser.Eval[any](tab, "void "+shadow+".querySelector('.side').append(document.createElement('button'))")
	if faults := strings.Join(browser.Audit(t, tab), "\n"); !strings.Contains(faults, "button-name at foyer-seats") {
		t.Errorf("found %q", faults)
	}
	browser.Eval[any](tab, in("void ($('.wish .main').style.background = getComputedStyle($('.frame')).backgroundColor)"))
	if pale := browser.Eval[[]string](tab, faint); !slices.ContainsFunc(pale, func(one string) bool {
		return strings.HasPrefix(one, "BUTTON main")
	}) {
		t.Errorf("found %q", pale)
	}
	press(tab, ".wish .stepper button")
	tab.Look(browser.Look{Width: 1280, Height: 800})
	if moves := browser.Eval[[]string](tab, moving); len(moves) == 0 {
		t.Error("found nothing that moves")
	}
}

// seen is the headings that were shown.
type seen struct {
	mu  sync.Mutex
	all []string
}

func (s *seen) add(head string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, strings.TrimSpace(head))
}

func (s *seen) has(head string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.all, head)
}

// wordedStates is the headings of all states of the waiting room, the order and the tickets that the dictionary has
// words for.
func wordedStates(t *testing.T) map[string]string {
	t.Helper()
	raw, err := os.ReadFile("../../internal/texts/en.json")
	if err != nil {
		t.Fatal(err)
	}
	var d map[string]any
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	heads := map[string]string{}
	var walk func(name string, node any)
	walk = func(name string, node any) {
		words, branch := node.(map[string]any)
		if !branch {
			return
		}
		if head, worded := words["head"].(string); worded {
			heads[name] = head
		}
		if head, worded := words["head"].(map[string]any); worded {
			if other, plural := head["other"].(string); plural {
				heads[name] = strings.ReplaceAll(other, "{n}", "2")
			}
		}
		for key, child := range words {
			walk(name+"."+key, child)
		}
	}
	for _, page := range []string{"wait", "order", "ticket"} {
		walk(page, d[page])
	}
	if len(heads) < 30 {
		t.Fatalf("the dictionary has the states %v", heads)
	}
	return heads
}
