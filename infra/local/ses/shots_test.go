package ses_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"foyer/infra/test/browser"
)

// fits looks at a mail on screens of all sizes.
func fits(t *testing.T, tab *browser.Tab, name string) {
	t.Helper()
	for look, screen := range map[string]browser.Look{
		"phone-light": {Width: 390, Height: 1100, Scale: 2}, "phone-dark": {Width: 390, Height: 1100, Scale: 2,
			Dark: true}, "small": {Width: 320, Height: 900, Scale: 2},
		"desk": {Width: 1000, Height: 1100},
	} {
		tab.Look(screen)
		if wide := browser.Eval[int](tab, "document.documentElement.scrollWidth"); int64(wide) > screen.Width {
			t.Errorf("the mail is %d wide on %s", wide, look)
		}
		if folder := os.Getenv("FOYER_SHOTS"); folder != "" {
			tab.Shot(filepath.Join(folder, name+"-"+look+".png"))
		}
	}
}

// The mailbox in a real browser: the mail is there by itself, its images too, and nothing in it runs or is fetched.
func TestTheMailboxInABrowser(t *testing.T) {
	b := browser.Start(t)
	_, page, ses := newBox(t)
	tab := b.Visitor(t)
	tab.Open(page.URL + "/")
	tab.Sees("No mail yet")
	if _, err := ses.Send(t.Context(), "tickets@example.com", "ada@example.com", ticketMail(t)); err != nil {
		t.Fatal(err)
	}
	tab.Sees("Your tickets for Zoë’s Night")
	tab.Until(`document.querySelector('#body').src.endsWith('/html')`)
	folder := os.Getenv("FOYER_SHOTS")
	for look, screen := range map[string]browser.Look{
		"desk-light": {Width: 1280, Height: 1100, Still: true}, "desk-dark": {Width: 1280, Height: 1100, Dark: true,
			Still: true}, "phone-light": {Width: 390, Height: 844, Scale: 2, Still: true},
	} {
		tab.Look(screen)
		time.Sleep(200 * time.Millisecond)
		if folder != "" {
			tab.Shot(filepath.Join(folder, "mailbox-"+look+".png"))
		}
		t.Run("no barriers on "+look, func(t *testing.T) {
			if faults := browser.Audit(t, tab); len(faults) > 0 {
				t.Errorf("%d faults: %.900q", len(faults), faults)
			}
		})
	}
	if _, err := ses.Send(t.Context(), "tickets@example.com", "ada@example.com", refundMail(t)); err != nil {
		t.Fatal(err)
	}
	tab.Open(page.URL + "/mails/2/html")
	tab.Sees("Your money is on its way back.")
	fits(t, tab, "refund")
	tab.Open(page.URL + "/mails/1/html")
	tab.Sees("You’re going.")
	if ok := browser.Eval[bool](tab, `[...document.images].every((i) => i.naturalWidth > 100)`); !ok {
		t.Error("the code isn't shown")
	}
	fits(t, tab, "mail")
	if errors := tab.Errors(); len(errors) > 0 {
		t.Errorf("it complains: %s", strings.Join(errors, "; "))
	}
}
