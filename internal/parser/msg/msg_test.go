package msg

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/parser"
)

func sent() time.Time { return time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC) }

func sample() *node {
	inner := &node{name: "__substg1.0_3701000D", children: []*node{
		props(24), str(pSubject, "inner subject"), str(pBody, "inner body 5.6.7[.]8"),
		{name: "__attach_version1.0_#00000000", children: []*node{props(8), str(pAttachLongFile, "inner.txt"), bin(pAttachData, []byte("in"))}},
	}}
	return &node{name: "Root Entry", children: []*node{
		props(32, pSubmitTime<<16|0x40, filetime(sent()), pInternetCPID<<16|3, 936),
		str(pSubject, "发票 invoice"), str(pSenderName, "银狐"), str(pSenderSMTP, "boss@phish.example"),
		str(pBody, "Open http://evil.example/\r\nnow"), str(pHeaders, "Received: by x\r\nX-Originating-IP: [203.0.113.5]\r\n"),
		bin(pHTML, []byte("<p>html</p>")),
		{name: "__recip_version1.0_#00000000", children: []*node{props(8), str(pDisplayName, "Victim"), str(pSMTPAddress, "victim@corp.example")}},
		{name: "__recip_version1.0_#00000001", children: []*node{props(8), str(pDisplayName, "Local"), str(pAddress, "/O=CORP/CN=LOCAL")}},
		{name: "__attach_version1.0_#00000000", children: []*node{props(8), str(pAttachLongFile, "样本/report.pdf"), str(pAttachMIME, "application/pdf"), bin(pAttachData, bytes.Repeat([]byte("x"), 9000))}},
		{name: "__attach_version1.0_#00000001", children: []*node{props(8), inner}},
	}}
}

func TestMessage(t *testing.T) {
	data := writeCompound(sample())
	if got := New().Accepts(parser.Input{Name: "x", Data: data}); got != 95 {
		t.Errorf("accepts %d", got)
	}
	doc, err := New().Parse(t.Context(), parser.Input{Name: "m.msg", Data: data}, parser.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Check(parser.Limits{}); err != nil {
		t.Fatal(err)
	}
	want := "From: 银狐 <boss@phish.example>\nTo: Victim <victim@corp.example>, Local\nSubject: 发票 invoice\nDate: Mon, 06 May 2024 07:08:09 +0000\n" +
		"X-Originating-IP: [203.0.113.5]\n\nOpen http://evil.example/\nnow\n\nSubject: inner subject\n\ninner body 5.6.7[.]8\n"
	if d := cmp.Diff(want, doc.Text); d != "" {
		t.Error(d)
	}
	var children []string
	for _, c := range doc.Children {
		children = append(children, fmt.Sprintf("%s %s %d", c.Name, c.MediaType, len(c.Data)))
	}
	if d := cmp.Diff([]string{"message.html text/html; charset=gb18030 11", "样本_report.pdf application/pdf 9000", "inner.txt  2"}, children); d != "" {
		t.Error(d)
	}
	if doc.Title != "发票 invoice" || doc.Author != "银狐 <boss@phish.example>" || !doc.Published.Equal(sent()) || doc.Meta["headers"] == "" || len(doc.Warnings) != 0 {
		t.Errorf("%+v", doc)
	}
}

func TestCodePage(t *testing.T) {
	gbk, _ := simplifiedchinese.GBK.NewEncoder().Bytes([]byte("恶意"))
	data := writeCompound(&node{name: "Root Entry", children: []*node{props(32, pMessageCPID<<16|3, 936), {name: "__substg1.0_1000001E", data: gbk}}})
	doc, err := New().Parse(t.Context(), parser.Input{Data: data}, parser.Limits{})
	if err != nil || doc.Text != "恶意\n" {
		t.Errorf("%q %v", doc.Text, err)
	}
}

// The packed text is the example of MS-OXRTFCP 3.1.1.
func TestPackedRTF(t *testing.T) {
	packed, _ := base64.StdEncoding.DecodeString("LQAAACsAAABMWkZ18cXHpwMACgByY3BnMTI1QjIK8yBoZWwJACBidwWwbGR9CoAPoA==")
	got, err := decompress(packed, 1000)
	if want := "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"; err != nil || string(got) != want {
		t.Errorf("%q %v", got, err)
	}
	data := writeCompound(&node{name: "Root Entry", children: []*node{props(32), bin(pRTF, packed)}})
	doc, err := New().Parse(t.Context(), parser.Input{Data: data}, parser.Limits{})
	if err != nil || len(doc.Children) != 1 || doc.Children[0].Name != "message.rtf" {
		t.Error(doc.Children, err)
	}
}

func TestHostile(t *testing.T) {
	good := writeCompound(sample())
	parse := func(data []byte) error {
		start := time.Now()
		doc, err := New().Parse(t.Context(), parser.Input{Name: "bad.msg", Data: data}, parser.Limits{})
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("took %v", d)
		}
		if err == nil {
			if err := doc.Check(parser.Limits{}); err != nil {
				t.Error(err)
			}
		}
		return err
	}
	fatAt := int(binary.LittleEndian.Uint32(good[76:])+1) * 512
	cyclic := bytes.Clone(good)
	for i := range 128 { // every sector follows itself
		binary.LittleEndian.PutUint32(cyclic[fatAt+4*i:], uint32(i))
	}
	if err := parse(cyclic); errs.KindOf(err) != errs.Invalid || !strings.Contains(err.Error(), "bad.msg") {
		t.Error("cyclic FAT:", err)
	}
	difat := bytes.Clone(good)
	binary.LittleEndian.PutUint32(difat[68:], 0)
	binary.LittleEndian.PutUint32(difat[512+508:], 0)
	if err := parse(difat); errs.KindOf(err) != errs.Invalid {
		t.Error("cyclic DIFAT:", err)
	}
	dirAt := int(binary.LittleEndian.Uint32(good[48:])+1) * 512
	tree := bytes.Clone(good)
	for at := dirAt; at+128 <= dirAt+1024; at += 128 { // every entry is its own sibling, and the root its child
		binary.LittleEndian.PutUint32(tree[at+68:], uint32((at-dirAt)/128))
		binary.LittleEndian.PutUint32(tree[at+76:], 0)
	}
	if err := parse(tree); err != nil && errs.KindOf(err) != errs.Invalid {
		t.Error("cyclic directory:", err)
	}
	for i := 0; i < len(good); i += 131 {
		if err := parse(good[:i]); err != nil && errs.KindOf(err) != errs.Invalid {
			t.Errorf("cut at %d: %v", i, err)
		}
	}
	huge := bytes.Clone(good)
	for at := dirAt; at+128 <= dirAt+1024; at += 128 { // every stream claims 4 GB
		binary.LittleEndian.PutUint32(huge[at+120:], 0xFFFFFFF0)
	}
	if err := parse(huge); err != nil && errs.KindOf(err) != errs.Invalid {
		t.Error("huge sizes:", err)
	}
	deep := &node{name: "__substg1.0_3701000D", children: []*node{props(24), str(pBody, "innermost")}}
	for range 40 {
		deep = &node{name: "__substg1.0_3701000D", children: []*node{props(24), {name: "__attach_version1.0_#00000000", children: []*node{props(8), deep}}}}
	}
	deep.name = "Root Entry"
	deep.children[0] = props(32)
	doc, err := New().Parse(t.Context(), parser.Input{Data: writeCompound(deep)}, parser.Limits{})
	if err != nil || len(doc.Warnings) != 1 || strings.Contains(doc.Text, "innermost") {
		t.Error("deep:", doc.Warnings, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(writeCompound(sample()))
	f.Fuzz(func(t *testing.T, data []byte) {
		lim := parser.Limits{Text: 5000, Children: 5, Expanded: 100_000}
		doc, err := New().Parse(t.Context(), parser.Input{Name: "f", Data: data}, lim)
		if err == nil {
			if err := doc.Check(lim); err != nil {
				t.Fatal(err)
			}
		}
	})
}
