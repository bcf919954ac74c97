package sample

import (
	"strings"
	"testing"

	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/feed/feedtest"
)

func TestContract(t *testing.T) {
	feedtest.Contract(t, 8, func(t *testing.T) (feed.Feed, feed.Env) { return samples{}, feedtest.Env(t) })
}

func TestEveryDocumentSaysThatItIsFictional(t *testing.T) {
	files, err := library.ReadDir("library")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		b, err := library.ReadFile("library/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		if text := string(b); !strings.Contains(text, "fictional") && !strings.Contains(text, "虚构") {
			t.Errorf("%s does not say that it is invented", f.Name())
		}
	}
}
