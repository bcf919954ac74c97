package ingest

import (
	"encoding/hex"
	"sort"

	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/observable/extract"
	"github.com/vedette-ti/vedette/internal/report"
)

// fileLines recognises lines (rows of tables, too) that describe one file: at least two different kinds of
// hash or a hash and a name, none twice. Their claims share an object, so that any hash finds the others.
type fileLines struct {
	ends   []int64 // of the lines
	group  map[int]bool
	object map[int]int // line → index+1 in Batch.Objects
}

func newFileLines(text string, found []extract.Result) *fileLines {
	l := &fileLines{group: map[int]bool{}, object: map[int]int{}}
	for i := range len(text) {
		if text[i] == '\n' {
			l.ends = append(l.ends, int64(i))
		}
	}
	kinds := map[int]map[observable.Type]int{}
	for _, r := range found {
		if r.Suppressed == "" && relation(r.Type) != "" {
			n := l.line(r.Start)
			if kinds[n] == nil {
				kinds[n] = map[observable.Type]int{}
			}
			kinds[n][r.Type]++
		}
	}
	for n, k := range kinds {
		hashes, once := 0, true
		for t, count := range k {
			once = once && count == 1
			if t != observable.FileName {
				hashes++
			}
		}
		l.group[n] = once && hashes > 0 && len(k) > 1
	}
	return l
}

func (l *fileLines) line(at int64) int {
	return sort.Search(len(l.ends), func(i int) bool { return l.ends[i] >= at })
}

// objectOf returns the object of the result's line (index+1), making it the first time; 0 for none.
func (l *fileLines) objectOf(r extract.Result, b *report.Batch) int {
	if relation(r.Type) == "" {
		return 0
	}
	n := l.line(r.Start)
	if !l.group[n] {
		return 0
	}
	if at, ok := l.object[n]; ok && at <= len(b.Objects) {
		return at
	}
	b.Objects = append(b.Objects, report.ObjectDraft{Name: "file", MetaCategory: "file"})
	l.object[n] = len(b.Objects)
	return len(b.Objects)
}

// relation is the attribute of MISP's file object that holds a type, "" for none.
func relation(t observable.Type) string {
	switch t {
	case observable.MD5:
		return "md5"
	case observable.SHA1:
		return "sha1"
	case observable.SHA224:
		return "sha224"
	case observable.SHA256:
		return "sha256"
	case observable.SHA384:
		return "sha384"
	case observable.SHA512:
		return "sha512"
	case observable.SSDeep:
		return "ssdeep"
	case observable.TLSH:
		return "tlsh"
	case observable.Imphash:
		return "imphash"
	case observable.FileName:
		return "filename"
	}
	return ""
}

func hexOf(h blob.Hash) string { return hex.EncodeToString(h[:]) }
