package parser

import (
	"context"

	"github.com/vedette-ti/vedette/internal/errs"
)

// maxNesting bounds files inside files inside files, whatever Limits.Depth says about elements.
const maxNesting = 12

// treeTime is how many times Limits.Time a whole tree may take.
const treeTime = 10

// Node is one input of a tree with what was understood of it. Doc.Children is empty: they are
// the node's Children, in order. Err says why a node was not read; its siblings are not touched.
type Node struct {
	// Path names the node from the root: "mail.eml/samples.zip/report.pdf".
	Path     string
	Input    Input
	Parser   string // name of the parser that read it, "" when none did
	Doc      Document
	Err      error
	Children []Node
}

// Walk calls fn for the node and all below it, parents first.
func (n *Node) Walk(fn func(*Node)) {
	fn(n)
	for i := range n.Children {
		n.Children[i].Walk(fn)
	}
}

// ParseTree reads an input and, recursively, the files inside it. Limits.Children, Expanded and
// Text bound the whole tree, Bytes, Ratio and Time each part (the tree as a whole may take ten
// times Time). The error is the root's own, or the context's; errors further down stay in their
// nodes. run decides where a parser runs: RunInline or the sandbox.
func ParseTree(ctx context.Context, run func(context.Context, Parser, Input, Limits) (Document, error),
	list []Parser, in Input, lim Limits,
) (Node, error) {
	lim = lim.WithDefaults()
	ctx, cancel := context.WithTimeout(ctx, treeTime*lim.Time)
	defer cancel()
	t := tree{run: run, list: list, lim: lim, text: lim.Text, children: lim.Children, expanded: lim.Expanded}
	root := t.parse(ctx, in.Name, in, 0)
	if root.Err != nil {
		return root, root.Err
	}
	return root, ctx.Err()
}

// tree holds what is left of the limits.
type tree struct {
	run      func(context.Context, Parser, Input, Limits) (Document, error)
	list     []Parser
	lim      Limits
	text     int
	children int
	expanded int64
}

func (t *tree) parse(ctx context.Context, path string, in Input, depth int) Node {
	n := Node{Path: path, Input: in}
	if err := ctx.Err(); err != nil {
		n.Err = stopped(err, path)
		return n
	}
	p, err := Choose(t.list, in)
	if err != nil {
		n.Err = err
		return n
	}
	if t.text <= 0 {
		n.Err = TooLarge(path, "bytes of text in one file and all inside it", t.lim.Text)
		return n
	}
	lim := t.lim
	lim.Text, lim.Children, lim.Expanded = t.text, max(t.children, 1), max(t.expanded, 1)
	n.Parser = p.Name()
	n.Doc, n.Err = t.run(ctx, p, in, lim)
	t.text -= len(n.Doc.Text)
	inside := n.Doc.Children
	n.Doc.Children = nil
	for _, c := range inside {
		n.Children = append(n.Children, t.child(ctx, path, in, c, depth+1))
	}
	return n
}

func (t *tree) child(ctx context.Context, path string, parent Input, c Child, depth int) Node {
	in := Input{Name: c.Name, MediaType: c.MediaType, URL: parent.URL, Data: c.Data, Passwords: parent.Passwords}
	at := path + "/" + c.Name
	t.children--
	t.expanded -= int64(len(c.Data))
	switch {
	case depth > maxNesting:
		return Node{Path: at, Input: in, Err: TooLarge(at, "files inside each other", maxNesting)}
	case t.children < 0:
		return Node{Path: at, Input: in, Err: TooLarge(at, "files inside one file", t.lim.Children)}
	case t.expanded < 0:
		return Node{Path: at, Input: in, Err: TooLarge(at, "unpacked bytes", t.lim.Expanded)}
	}
	return t.parse(ctx, at, in, depth)
}

// stopped says why a node was never begun.
func stopped(err error, path string) error {
	return errs.Wrap(err, errs.TooLarge, "parse_stopped",
		"{name} was not read: the time for the whole document was over.", "name", path)
}
