package sandbox

import (
	"bufio"
	"bytes"
	"testing"

	"github.com/vedette-ti/vedette/internal/parser"
)

// FuzzReadDocument plays a child that was taken over: whatever it sends, what is accepted keeps
// the contract.
func FuzzReadDocument(f *testing.F) {
	var good bytes.Buffer
	if err := writeDocument(&good, parser.Document{Text: "a\n", Title: "t", Children: []parser.Child{{Name: "c", Data: []byte("d")}},
		Sections: []parser.Section{{Kind: parser.Row, Start: 0, End: 1}}}); err != nil {
		f.Fatal(err)
	}
	f.Add(good.Bytes())
	var bad bytes.Buffer
	if err := writeJSON(&bad, fFailure, failure{Code: "code", Message: "m {a}", Params: map[string]string{"a": "b"}}); err != nil {
		f.Fatal(err)
	}
	f.Add(bad.Bytes())
	f.Add([]byte("D\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		lim := parser.Limits{Text: 100, Children: 3, Expanded: 1000}.WithDefaults()
		doc, err := readDocument(bufio.NewReader(bytes.NewReader(data)), lim)
		if err != nil {
			return
		}
		if err := doc.Check(lim); err != nil {
			t.Fatal(err)
		}
	})
}
