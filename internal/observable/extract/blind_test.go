package extract_test

import (
	"os"
	"strings"
	"testing"

	"github.com/vedette-ti/vedette/internal/observable/extract"
	"github.com/vedette-ti/vedette/internal/observable/extract/corpus"
)

// TestBlind measures the texts and reports that were written without sight of the extractor.
// go test ./internal/observable/extract -run TestBlind -v -corpus-table
func TestBlind(t *testing.T) {
	x, err := extract.New(extract.Options{})
	if err != nil {
		t.Fatal(err)
	}
	texts, err := corpus.Load(os.DirFS("testdata/blind"))
	if err != nil {
		t.Fatal(err)
	}
	var samples []sample
	for _, text := range texts {
		s := sample{id: text.ID, body: text.Body}
		for _, l := range text.Labels {
			s.labels = append(s.labels, gold{Label: l})
		}
		samples = append(samples, s)
	}
	t.Run("texts", func(t *testing.T) { measure(t, x, "blind texts", samples) })
	t.Run("reports", func(t *testing.T) {
		samples, ok := reportSamples(t, "testdata/blind-reports/*.json")
		if !ok {
			t.Skip("the real reports are not here: set VEDETTE_SHARED to the folder that holds real/")
		}
		measure(t, x, "blind reports", samples)
	})
}

func measure(t *testing.T, x *extract.Extractor, name string, samples []sample) {
	tallies := map[string]*tally{}
	for _, s := range samples {
		score(x, s, tallies, func(line string) {
			if *corpusErrors != "" && strings.HasPrefix(s.id, strings.TrimPrefix(*corpusErrors, "*")) {
				t.Log(line)
			}
		})
	}
	if *corpusTable {
		t.Log(table(name, false, tallies))
	}
}
