package notify_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/notify"
)

func TestCeiling(t *testing.T) {
	m := notify.Message{Title: "evil.com seen", Body: "details", URL: "https://v.example/1", Fields: []notify.Field{{Name: "a", Value: "b"}}}
	for _, tc := range []struct {
		marking, ceiling marking.TLP
		leaves           bool
	}{
		{marking.TLPRed, marking.TLPAmber, false}, {marking.TLPAmberStrict, marking.TLPAmber, false}, {marking.TLPAmber, marking.TLPAmber, true},
		{marking.TLPClear, marking.TLPClear, true}, {marking.TLPGreen, marking.TLPClear, false}, {marking.TLPRed, marking.TLPRed, true},
		{marking.TLPUnset, marking.TLPGreen, false}, {marking.TLPUnset, marking.TLPAmber, true},
	} {
		m.TLP = tc.marking
		o := notify.Prepare(m, tc.ceiling)
		text := o.Heading() + o.Text(1000)
		if strings.Contains(text, "details") != tc.leaves || strings.Contains(text, "evil") != tc.leaves || o.URL != m.URL {
			t.Errorf("%v over %v: %q", tc.marking, tc.ceiling, text)
		}
	}
}

func TestPrepareCleans(t *testing.T) {
	o := notify.Prepare(notify.Message{Title: "a\r\nb\x00", Body: "x\r\ny\x1b[31m\xff", Fields: []notify.Field{{Name: "n\n", Value: "http://a.com\nz"}}}, marking.TLPRed)
	want := notify.Message{Title: "a b", Body: "x\ny[31m�", Fields: []notify.Field{{Name: "n", Value: "hxxp://a[.]com z"}}}
	if diff := cmp.Diff(want, o.Message); diff != "" {
		t.Error(diff)
	}
	many := notify.Message{Fields: make([]notify.Field, 1000), Body: strings.Repeat("é", 1<<20), Title: strings.Repeat("é", 1000)}
	o = notify.Prepare(many, marking.TLPRed)
	if len(o.Fields) > 100 || len(o.Body) > 300<<10 || len(o.Title) > 300 || !utf8.ValidString(o.Body+o.Title) {
		t.Errorf("%d fields, %d and %d bytes", len(o.Fields), len(o.Body), len(o.Title))
	}
}

func TestMerge(t *testing.T) {
	one := notify.Message{ID: "1", Title: "t1", Body: "b1", Lang: "zh", TLP: marking.TLPGreen, Time: time.Unix(1, 0), URL: "u"}
	if diff := cmp.Diff(one, notify.Merge([]notify.Message{one})); diff != "" {
		t.Error(diff)
	}
	got := notify.Merge([]notify.Message{one, {Title: "t2", Fields: []notify.Field{{Name: "n", Value: "v"}}, TLP: marking.TLPRed}, {Title: "t3"}})
	want := notify.Message{ID: "1", Title: "3 条通知", Body: "t1\nb1\n\nt2\nn: v\n\nt3", Lang: "zh", TLP: marking.TLPRed, Time: time.Unix(1, 0), URL: "u"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if m := notify.Merge([]notify.Message{{TLP: marking.TLPClear}, {}}); m.TLP != marking.TLPAmber {
		t.Errorf("an unmarked part makes %v", m.TLP)
	}
}

func FuzzTruncate(f *testing.F) {
	f.Add("银狐木马", 7, "…")
	f.Fuzz(func(t *testing.T, s string, limit int, mark string) {
		if !utf8.ValidString(s) || !utf8.ValidString(mark) || limit < 0 {
			return
		}
		got := notify.Truncate(s, limit, mark)
		if len(got) > limit || !utf8.ValidString(got) || len(s) <= limit && got != s {
			t.Errorf("Truncate(%q, %d, %q) = %q", s, limit, mark, got)
		}
	})
}

func BenchmarkDefang(b *testing.B) {
	text := strings.Repeat("The loader contacts http://evil.com/a and 1.2.3.4; see report.pdf. 攻击者使用 evil.cn。\n", 1000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		notify.Defang(text)
	}
}

func ExampleDefang() {
	fmt.Println(notify.Defang("http://evil.com from 1.2.3.4"))
	// Output: hxxp://evil[.]com from 1[.]2[.]3[.]4
}
