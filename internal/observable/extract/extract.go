// Package extract finds observables in any text: addresses, hosts, URLs, hashes, ids, paths,
// rules, plain or defanged, in one pass over the bytes. Tokens that cannot hold anything are
// skipped by a byte table; the rest are handed to parsers that validate what they read and
// judge its surroundings, because a file name, a version or a class name is no indicator.
//
// It owns candidates with their spans and the reasons why some are suppressed. It owns no
// canonical keys (observable), no warninglists (taxonomy gives them as a function), no
// de-duplication, no document formats and no review.
package extract

import (
	"strings"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/observable"
)

// Result is one value found in a text.
type Result struct {
	Type observable.Type
	// Value is refanged and, where letter case means nothing, lower-cased; otherwise as written.
	// observable.Canonical turns it into the stored form.
	Value string
	// Original is the exact text of the span [Start,End), counted in bytes of the input.
	Original   string
	Start, End int64
	// Defanged says that the writer made the value inert.
	Defanged bool
	// Confidence is 0–100: how sure the judgement is that this is what Type says.
	Confidence int
	// Suppressed is the reason why the value is no indicator by itself, "" for none:
	// private-range, loopback, documentation, reserved, example-domain, publisher,
	// version, empty-file, warninglist:<name> …
	Suppressed string
}

// Set is a set of types.
type Set struct{ bits uint64 }

// Add puts a type into the set.
func (s *Set) Add(t observable.Type) { s.bits |= 1 << t }

// Has reports whether the set holds t.
func (s Set) Has(t observable.Type) bool { return s.bits>>t&1 == 1 }

// Extractable lists the types that text can yield, in the order of their numbers.
func Extractable() []observable.Type {
	var out []observable.Type
	for _, t := range observable.All() {
		switch t.String() {
		case "text", "file:vhash", "file:authentihash", "hassh", "x509:sha-1", "x509:sha-256", "x509:md5", "process:command-line":
		default:
			out = append(out, t)
		}
	}
	return out
}

// ParseTypes reads a --types argument: "default" (or ""), "all", or a comma-separated list of
// names, where a name ending in ":" or "*" means all types that begin so ("file:*").
func ParseTypes(list string) (Set, error) {
	var s Set
	for name := range strings.SplitSeq(list, ",") {
		name = strings.ToLower(strings.TrimSpace(name))
		prefix, isPrefix := strings.CutSuffix(name, "*")
		isPrefix = isPrefix || strings.HasSuffix(name, ":")
		found := false
		for _, t := range Extractable() {
			n := t.String()
			if name == "all" || (name == "default" || name == "") && !t.Info().OptIn || n == name || isPrefix && strings.HasPrefix(n, prefix) {
				s.Add(t)
				found = true
			}
		}
		if !found {
			return Set{}, errs.New(errs.Invalid, "unknown_extract_type",
				"{type} is no type that can be extracted: vedette extract --list-types lists them.", "type", name)
		}
	}
	return s, nil
}

// Options say what to look for and what to suppress. The zero value looks for everything that
// is not opt-in and suppresses reserved values only.
type Options struct {
	// Types to report; the zero set means all that are not opt-in.
	Types Set
	// Publisher lists the hosts of the text's own publisher ("blog.vendor.com"); they and their
	// subdomains are suppressed as "publisher".
	Publisher []string
	// Suppress is asked about every value that nothing else suppresses; reason ends up in
	// Result.Suppressed ("warninglist:cisco-top1000"). It must be safe for concurrent use when the
	// extractor is used concurrently. nil asks nobody.
	Suppress func(t observable.Type, value string) (reason string, ok bool)
}

// Extractor holds checked options. It has no state of its own and may be used concurrently.
type Extractor struct {
	types     Set
	numbers   bool // account, card or phone numbers are wanted
	publisher []string
	suppress  func(t observable.Type, value string) (string, bool)
}

// New checks the options.
func New(o Options) (*Extractor, error) {
	x := &Extractor{types: o.Types, suppress: o.Suppress}
	if o.Types == (Set{}) {
		x.types, _ = ParseTypes("default")
	}
	x.numbers = x.types.Has(tBankAccount) || x.types.Has(tPaymentCard) || x.types.Has(tPhone)
	for _, h := range o.Publisher {
		v, err := observable.Canonical(observable.Domain, h)
		if err != nil {
			return nil, errs.Wrap(err, errs.Invalid, "bad_publisher_host", "{host} is no host name of a publisher.", "host", h)
		}
		x.publisher = append(x.publisher, v.Text)
	}
	return x, nil
}

// Bytes returns what text holds, ordered by Start and without overlaps. Invalid UTF-8 does no
// harm. A value that occurs twice is returned twice.
func (x *Extractor) Bytes(text []byte) []Result {
	var out []Result
	w := newWindowed(x, func(r Result) error {
		out = append(out, r)
		return nil
	})
	start := 0
	for start < len(text) {
		// The same windows as Stream, so that both find the same.
		lo := max(0, start-lookback)
		hi := min(len(text), start+windowSize)
		next, _ := w.run(text[lo:hi], start-lo, int64(lo), hi-start < windowSize)
		start = lo + next
	}
	return out
}
