package pattern

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/errs"
)

func TestParseAndPrint(t *testing.T) {
	for in, want := range map[string]string{
		`[ipv4-addr:value='198.51.100.1']`:                                                                                       `[ipv4-addr:value = '198.51.100.1']`,
		`[file:hashes.'SHA-256' == 'ab' OR file:hashes.MD5='cd']`:                                                                `[file:hashes.'SHA-256' = 'ab' OR file:hashes.MD5 = 'cd']`,
		`[a:b=1 AND (a:c>2 OR a:d<>3)] FOLLOWEDBY ([x:y LIKE '%']) WITHIN 5.5 SECONDS REPEATS 2 TIMES`:                           `[a:b = 1 AND (a:c > 2 OR a:d != 3)] FOLLOWEDBY [x:y LIKE '%'] WITHIN 5.5 SECONDS REPEATS 2 TIMES`,
		`([a:b=1] OR [c:d=2]) START t'2016-06-01T01:30:00.123Z' STOP t'2016-06-01T02:20:60Z'`:                                    `([a:b = 1] OR [c:d = 2]) START t'2016-06-01T01:30:00.123Z' STOP t'2016-06-01T02:20:60Z'`,
		`[a:b NOT IN ('x', 2 , 3.5,true)]`:                                                                                       `[a:b NOT IN ('x', 2, 3.5, true)]`,
		`[ipv4-addr:value ISSUBSET '198.51.100.0/24' AND EXISTS x-y:z[*].'a-b'[-1].c]`:                                           `[ipv4-addr:value ISSUBSET '198.51.100.0/24' AND EXISTS x-y:z[*].'a-b'[-1].c]`,
		"[win:k = 'hkey\\\\a \\'q\\' \\n' /* c */ AND w:h = h'0aFF' AND w:b=b'aGk=' AND w:t > t'2024-01-01T00:00:00Z' // end\n]": `[win:k = 'hkey\\a \'q\' \\n' AND w:h = h'0aFF' AND w:b = b'aGk=' AND w:t > t'2024-01-01T00:00:00Z']`,
		`[a:b=1] AND [a:b=2] OR [a:b=3] FOLLOWEDBY [a:b=4]`:                                                                      `[a:b = 1] AND [a:b = 2] OR [a:b = 3] FOLLOWEDBY [a:b = 4]`,
		`([a:b=1] FOLLOWEDBY [a:b=2]) AND [a:b=3]`:                                                                               `([a:b = 1] FOLLOWEDBY [a:b = 2]) AND [a:b = 3]`,
		`[a:b = -3 AND a:c = .5]`:                                                                                                `[a:b = -3 AND a:c = .5]`,
		`[url:value = 'http://例子.example/银狐?a=\'b\'']`:                                                                           `[url:value = 'http://例子.example/银狐?a=\'b\'']`,
	} {
		o, err := Parse(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if d := cmp.Diff(want, o.String()); d != "" {
			t.Errorf("%s: %s", in, d)
		}
		again, err := Parse(o.String())
		if err != nil {
			t.Errorf("%s: %v", o, err)
		} else if d := cmp.Diff(o.String(), again.String()); d != "" {
			t.Errorf("printing is not stable: %s", d)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, in := range []string{
		``, `[`, `[]`, `a:b = 1`, `[a:b]`, `[a = 1]`, `[a:b = ]`, `[a:b = 'x]`, `[a:b = 'x'] x`, `[a:b IN 'x']`, `[a:b > true]`, `[a:b LIKE 3]`, `[a:b = 01]`, `[a:b = 1a]`, `[a:b = t'2024-13-01T00:00:00Z']`,
		`[a:b = t'2024-01-01T00:00:00']`, `[a:b = h'0g']`, `[a:b = 1] REPEATS 0 TIMES`, `[a:b = 1] REPEATS 1.5 TIMES`, `[a:b = 1] WITHIN 1 SECONDS WITHIN 2 SECONDS`, `[a:b = 1] START 1 STOP 2`,
		`[a:b = 1] AND`, `[a:b = 1 OR]`, `[a:b[x] = 1]`, `[a:'' = 1]`, `[a:b-c = 1]`, `[a:b = 1 /* ]`, `[a:b = §]`, "[a:b = '\xff']", `[a:AND = 1]`, `[NOT a:b = 1]`,
	} {
		if o, err := Parse(in); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s: %v, %v", in, o, err)
		}
	}
	if _, err := Parse(strings.Repeat("(", 5000) + "[a:b=1]" + strings.Repeat(")", 5000)); errs.KindOf(err) != errs.TooLarge {
		t.Errorf("deep nesting: %v", err)
	}
	if _, err := Parse(strings.Repeat(" ", maxLength+1)); errs.KindOf(err) != errs.TooLarge {
		t.Errorf("length: %v", err)
	}
}

func TestLongPattern(t *testing.T) {
	in := "[" + strings.Repeat("ipv4-addr:value = '192.0.2.1' OR ", 20_000) + "ipv4-addr:value = '192.0.2.2']"
	o, err := Parse(in)
	if err != nil || len(o.Equals()) != 20_001 {
		t.Fatalf("%v", err)
	}
}

func TestEquals(t *testing.T) {
	for in, want := range map[string]string{
		`[a:b = 'x']`:                                   "a:b='x' 0",
		`[a:b = 'x' OR a:c IN ('y', 'z')]`:              "a:b='x' 0, a:cIN'y' 0, a:cIN'z' 0",
		`[a:b NOT = 'x' OR a:c != 'y']`:                 "",
		`[a:b = 'x' AND a:c = 2]`:                       "a:b='x' 1, a:c=2 1",
		`[a:b = 'x' AND a:c = 2] OR [d:e = 'f']`:        "a:b='x' 1, a:c=2 1, d:e='f' 0",
		`[a:b = 'x'] FOLLOWEDBY ([a:c='y' OR a:c='z'])`: "a:b='x' 1, a:c='y' 1, a:c='z' 1",
		`[a:b ISSUBSET '10.0.0.0/8' OR a:b LIKE 'x%']`:  "a:bISSUBSET'10.0.0.0/8' 0",
	} {
		o, err := Parse(in)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range o.Equals() {
			got = append(got, e.Path.String()+e.Operator+e.Value.String()+" "+string(rune('0'+e.Group)))
		}
		if d := cmp.Diff(want, strings.Join(got, ", ")); d != "" {
			t.Errorf("%s: %s", in, d)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`[a:b=1 AND (a:c>2 OR a:d NOT IN ('x', h'00'))] FOLLOWEDBY ([x:y.'z'[*] LIKE '%']) WITHIN 5.5 SECONDS`)
	f.Add(`([a:b=1] OR [c:d=t'2016-06-01T01:30:00.123Z']) START t'2016-06-01T01:30:00Z' STOP t'2016-06-01T02:20:00Z' REPEATS 2 TIMES`)
	f.Fuzz(func(t *testing.T, in string) {
		o, err := Parse(in)
		if err != nil {
			return
		}
		o.Equals()
		text := o.String()
		again, err := Parse(text)
		if err != nil {
			t.Fatalf("%q prints as %q: %v", in, text, err)
		}
		if again.String() != text {
			t.Fatalf("%q, then %q", text, again)
		}
	})
}
