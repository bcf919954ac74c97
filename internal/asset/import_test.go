package asset

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// read is parseRows as text: good rows, then errors.
func read(t *testing.T, data string) string {
	t.Helper()
	res := ImportResult{}
	list, err := parseRows([]byte(data), 1, &res)
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	for _, a := range list {
		fmt.Fprintf(&b, "%s|%s|%s|%d|%s|%s\n", a.Kind, a.Value, a.Name, a.Criticality, strings.Join(a.Tags, "+"), a.Comment)
	}
	for _, e := range res.Errors {
		fmt.Fprintf(&b, "line %d %s %q %s\n", e.Line, e.Column, e.Value, e.Code)
	}
	return b.String()
}

func TestParseRows(t *testing.T) {
	gbk, err := simplifiedchinese.GBK.NewEncoder().String("类型,值,名称\n品牌,银狐科技,银狐\n")
	if err != nil {
		t.Fatal(err)
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().String("kind\tvalue\nbrand\tContoso\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ in, want string }{
		"header in any order": {
			"\uFEFFName,Value,Tags,Criticality\nMain site,WWW.Contoso.com,\"a;b, A\",high\n", "domain|www.contoso.com|Main site|3|a+b|\n",
		},
		"chinese header, semicolons": {"类型;值;重要性;备注\n域名;contoso.com;高;主站\n网段;10.1.2.3/16;2;\n", "domain|contoso.com|contoso.com|3||主站\nnetwork|10.1.0.0/16|10.1.2.3/16|2||\n"},
		"kind as column":             {"name,Domain\nx,contoso.com\n", "domain|contoso.com|x|0||\n"},
		"one kind":                   {"域名\ncontoso.com\n\n# comment\nhttps://x\n", "domain|contoso.com|contoso.com|0||\nline 5 value \"https://x\" bad_asset\n"},
		"no header":                  {"domain,contoso.com,Site\nbrand,Contoso\n", "domain|contoso.com|Site|0||\nbrand|contoso|Contoso|0||\n"},
		"values only":                {"contoso.com\n198.51.100.7\ncpe:2.3:a:f5:nginx:1.2.3:*:*:*:*:*:*:*\nContoso\n", "domain|contoso.com|contoso.com|0||\nnetwork|198.51.100.7|198.51.100.7|0||\nsoftware|cpe:2.3:a:f5:nginx|cpe:2.3:a:f5:nginx:1.2.3:*:*:*:*:*:*:*|0||\nline 4 kind \"\" asset_kind_missing\n"},
		"gbk":                        {gbk, "brand|银狐科技|银狐|0||\n"},
		"utf-16":                     {"\xff\xfe" + wide, "brand|contoso|Contoso|0||\n"},
		"refused rows": {
			"kind,value,criticality\ndomain,com\ndomain,co.uk\nnetwork,0.0.0.0/0\nplanet,mars\nbrand,ab\nbrand,银狐,9\ndomain,contoso.com\ndomain,CONTOSO.com.\nnetwork,::/8\nbrand,\"a\u202Eb c\"\n,\n",
			"domain|contoso.com|contoso.com|0||\n" +
				"line 2 value \"com\" bad_asset\nline 3 value \"co.uk\" bad_asset\nline 4 value \"0.0.0.0/0\" bad_asset\nline 5 kind \"planet\" asset_kind\nline 6 value \"ab\" bad_asset\n" +
				"line 7 criticality \"9\" asset_criticality\nline 9 value \"contoso.com\" row_repeated\nline 10 value \"::/8\" bad_asset\nline 11 value \"a\\u202eb c\" text_unprintable\n",
		},
		"quotes that do not end": {"kind,value\nbrand,\"Contoso\nbrand,other\n", "brand|contoso brand,other|Contoso brand,other|0||\n"},
		"a spreadsheet":          {"PK\x03\x04\x14\x00", "The file is not text: save the table as CSV UTF-8."},
		"nothing":                {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, read(t, tc.in)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if got := read(t, strings.Repeat("contoso.com\n", MaxRows+1)); !strings.Contains(got, "more than 100000 rows") {
		t.Errorf("too many rows: %.80s", got)
	}
	res := ImportResult{}
	if _, err := parseRows([]byte(strings.Repeat("brand,x\n", 1000)), 1, &res); err != nil || res.Failed != 1000 || len(res.Errors) != MaxRowErrors {
		t.Errorf("errors: %d of %d, %v", len(res.Errors), res.Failed, err)
	}
}

func FuzzParseRows(f *testing.F) {
	for _, s := range []string{"kind,value\nbrand,银狐\n", "a;b\tc", "\"\n\"", "\xff\xfe,\x00", "cpe:/a:b:c", "域名\nx"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		res := ImportResult{}
		list, err := parseRows(data, 1, &res)
		if err == nil && len(list)+res.Failed < res.Rows {
			t.Errorf("%d rows, %d good, %d failed", res.Rows, len(list), res.Failed)
		}
	})
}
