// Package fence finds what the pages ask people to type: the commands in their fenced blocks.
package fence

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// Block is a fenced block of a page.
type Block struct {
	Page string
	Line int    // where it begins
	Kind string // what follows the fence, such as toml; empty: commands, or what something prints
	Text string
}

// Blocks returns the fenced blocks of pages, in their order.
func Blocks(pages ...string) (all []Block, err error) {
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			return nil, err
		}
		inside, n := false, 0
		for line := range strings.Lines(string(text)) {
			n++
			kind, fence := strings.CutPrefix(strings.TrimSpace(line), "```")
			switch {
			case fence && !inside:
				all = append(all, Block{Page: page, Line: n, Kind: kind})
				inside = true
			case fence:
				inside = false
			case inside:
				all[len(all)-1].Text += line
			}
		}
	}
	return all, nil
}

// String returns where the block is.
func (b Block) String() string { return fmt.Sprintf("%s:%d", b.Page, b.Line) }

// Commands returns the block's lines without remarks, each with those that continue it.
func (b Block) Commands() (all []string) {
	text := strings.ReplaceAll(b.Text, "\\\n", " ")
	for line := range strings.Lines(text) {
		if at := strings.Index(" "+line, " #"); at >= 0 {
			line = line[:at]
		}
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// Check reports what a shell finds wrong with the block, which it doesn't run.
func (b Block) Check() error {
	shell := exec.Command("bash", "-n")
	shell.Stdin = strings.NewReader(strings.ReplaceAll(b.Text, "…", ""))
	if out, err := shell.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %s", b, strings.TrimSpace(string(out)))
	}
	return nil
}

// Words takes a command apart as a shell does, as far as quotes go. What a shell would put in place of a variable or a
// command stays as it is; files to read from and write to are left out.
func Words(command string) (all []string) {
	word, quote, open := "", rune(0), false
	end := func() {
		if open {
			all = append(all, word)
		}
		word, open = "", false
	}
	for _, r := range command {
		switch {
		case quote == 0 && (r == '"' || r == '\''):
			quote, open = r, true
		case r == quote:
			quote = 0
		case quote == 0 && r == ' ':
			end()
		case quote == 0 && !open && (r == '<' || r == '>' || r == '|'):
			return all
		default:
			word, open = word+string(r), true
		}
	}
	end()
	return all
}
