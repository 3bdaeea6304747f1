package fence_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"foyer/internal/testkit/fence"
)

func TestBlocksAreFoundAndTakenApart(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.md")
	text := "# A page\n```\nfoyerctl zone list  # all of them\naws x \\\n    --y 'a b'\n```\n\n" +
		"```toml\nx = 1\n```\n```\nif\n```\n"
	if err := os.WriteFile(page, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	blocks, err := fence.Blocks(page)
	if err != nil || len(blocks) != 3 || blocks[0].Line != 2 || blocks[1].Kind != "toml" {
		t.Fatalf("%+v, %v", blocks, err)
	}
	if got := blocks[0].Commands(); !slices.Equal(got, []string{"foyerctl zone list", "aws x --y 'a b'"}) {
		t.Errorf("%q", got)
	}
	if blocks[0].Check() != nil || blocks[2].Check() == nil {
		t.Error("the shell finds something else wrong")
	}
	got := fence.Words(`make x "$(out A)" ARGS="-c a" 'a b' c > file`)
	if !slices.Equal(got, []string{"make", "x", "$(out A)", "ARGS=-c a", "a b", "c"}) {
		t.Errorf("%q", got)
	}
}
