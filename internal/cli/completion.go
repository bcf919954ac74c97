package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help is shown below the flags.
func (completionCmd) Help() string {
	return `Examples:
  source <(vedette completion bash)
  vedette completion zsh > "${fpath[1]}/_vedette"
  vedette completion fish > ~/.config/fish/completions/vedette.fish`
}

const bashScript = `_vedette() {
  local IFS=$'\n'
  COMPREPLY=($(vedette __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  if [ ${#COMPREPLY[@]} -eq 0 ]; then
    COMPREPLY=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]}"))
  fi
}
complete -o filenames -F _vedette vedette
`

const zshScript = `#compdef vedette
_vedette() {
  local -a found
  found=("${(@f)$(vedette __complete -- "${(@)words[2,$CURRENT]}" 2>/dev/null)}")
  if [[ -n "${found[1]}" ]]; then
    compadd -Q -- "${found[@]}"
  else
    _files
  fi
}
if [ "$funcstack[1]" = "_vedette" ]; then _vedette "$@"; else compdef _vedette vedette; fi
`

const fishScript = `function __vedette_complete
  set -l words (commandline -opc) (commandline -ct)
  vedette __complete -- $words[2..-1] 2>/dev/null
end
complete -c vedette -a '(__vedette_complete)'
`

// Run implements the command.
func (k completionCmd) Run(c *console) error {
	script := map[string]string{"bash": bashScript, "zsh": zshScript, "fish": fishScript}[k.Shell]
	_, err := fmt.Fprint(c.out, script)
	return err
}

// completeCmd answers the shells: what may stand in place of the last word. No answer means a file.
type completeCmd struct {
	Words []string `arg:"" optional:"" passthrough:""`
}

// Run implements the command.
func (k completeCmd) Run(ctx context.Context, c *console) error {
	var g grammar
	p, err := parser(ctx, &g, c, func(int) {})
	if err != nil {
		return err
	}
	words := k.Words
	if len(words) > 0 && words[0] == "--" {
		words = words[1:]
	}
	for _, w := range candidates(p.Model.Node, words) {
		fmt.Fprintln(c.out, w)
	}
	return nil
}

// candidates walks the grammar along the words before the last one.
func candidates(node *kong.Node, words []string) []string {
	last := ""
	if len(words) > 0 {
		last, words = words[len(words)-1], words[:len(words)-1]
	}
	var pending *kong.Flag // a flag that waits for its value
	for _, w := range words {
		if pending != nil {
			pending = nil
			continue
		}
		if strings.HasPrefix(w, "-") {
			pending = valueFlag(node, w)
			continue
		}
		if next := child(node, w); next != nil {
			node = next
		}
	}
	var out []string
	add := func(w string) {
		if strings.HasPrefix(w, last) {
			out = append(out, w)
		}
	}
	switch {
	case pending != nil:
		for v := range pending.EnumMap() {
			add(v)
		}
	case strings.HasPrefix(last, "-"):
		for _, group := range node.AllFlags(true) {
			for _, f := range group {
				add("--" + f.Name)
			}
		}
	default:
		for _, n := range node.Children {
			if !n.Hidden {
				add(n.Name)
			}
		}
		for _, a := range node.Positional {
			for v := range a.EnumMap() {
				add(v)
			}
		}
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(w string) bool { return w == "" })
}

func child(node *kong.Node, name string) *kong.Node {
	for _, n := range node.Children {
		if n.Name == name {
			return n
		}
	}
	return nil
}

// valueFlag finds a flag that takes its value from the next word.
func valueFlag(node *kong.Node, word string) *kong.Flag {
	if strings.Contains(word, "=") {
		return nil
	}
	for _, group := range node.AllFlags(true) {
		for _, f := range group {
			if (word == "--"+f.Name || f.Short != 0 && word == "-"+string(f.Short)) && !f.IsBool() {
				return f
			}
		}
	}
	return nil
}
