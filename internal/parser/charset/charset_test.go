package charset

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

const (
	textHans   = "本周我们捕获了银狐木马的新样本，攻击者通过钓鱼邮件投递，回连地址为 evil-c2[.]com。"
	textHant   = "本週我們發現新的惡意程式樣本，攻擊者利用釣魚郵件散布，中繼站位於 evil-c2[.]com。"
	textJa     = "攻撃者はフィッシングメールを送信し、不正なファイルをダウンロードさせます。通信先は evil-c2[.]com です。"
	textKo     = "공격자는 피싱 메일을 통해 악성코드를 유포하였으며 명령제어 서버는 evil-c2[.]com 이다."
	textRu     = "Злоумышленники рассылали фишинговые письма, сервер управления находился на evil-c2[.]com."
	textFr     = "Les opérateurs ont déployé un maliciel très évolué à l’aide d’un serveur hébergé à l'étranger evil-c2[.]com."
	textDe     = "Die Angreifer übermitteln Schadsoftware über gefälschte Rechnungen für größere Behörden."
	textPl     = "Atakujący rozsyłali złośliwe załączniki, które łączyły się z serwerem w różnych krajach."
	textGr     = "Οι επιτιθέμενοι έστειλαν κακόβουλα μηνύματα στους χρήστες."
	textTr     = "Saldırganlar kötü amaçlı yazılımı kullanıcıların bilgisayarına indirdi ve şifreledi."
	textHe     = "התוקפים שלחו הודעות דיוג למשתמשים רבים"
	textAr     = "أرسل المهاجمون رسائل تصيد إلى المستخدمين"
	shortHans  = "恶意域名"
	shortMixed = "C2: 1.2.3.4\r\n说明: 恶意地址\r\nmd5 d41d8cd98f00b204e9800998ecf8427e\r\n"
)

func TestToUTF8Detects(t *testing.T) {
	for _, c := range []struct {
		name, text string
		enc        encoding.Encoding
		want       string
	}{
		{"gbk", textHans, simplifiedchinese.GBK, "gb18030"},
		{"gb18030", textHans + "𠮷", simplifiedchinese.GB18030, "gb18030"},
		{"gbk short", shortHans, simplifiedchinese.GBK, "gb18030"},
		{"gbk subject", "重要通知：请查收", simplifiedchinese.GBK, "gb18030"},
		{"thai", "ผู้โจมตีส่งอีเมลฟิชชิงไปยังผู้ใช้จำนวนมาก", charmap.Windows874, "windows-874"},
		{"gbk in ASCII", shortMixed, simplifiedchinese.GBK, "gb18030"},
		{"big5", textHant, traditionalchinese.Big5, "big5"},
		{"shift-jis", textJa, japanese.ShiftJIS, "shift_jis"},
		{"euc-jp", textJa, japanese.EUCJP, "euc-jp"},
		{"iso-2022-jp", textJa, japanese.ISO2022JP, "iso-2022-jp"},
		{"euc-kr", textKo, korean.EUCKR, "euc-kr"},
		{"windows-1251", textRu, charmap.Windows1251, "windows-1251"},
		{"koi8-r", textRu, charmap.KOI8R, "koi8-r"},
		{"french", textFr, charmap.Windows1252, "windows-1252"},
		{"german", textDe, charmap.Windows1252, "windows-1252"},
		{"polish", textPl, charmap.Windows1250, "windows-1250"},
		{"greek", textGr, charmap.Windows1253, "windows-1253"},
		{"turkish", textTr, charmap.Windows1254, "windows-1254"},
		{"hebrew", textHe, charmap.Windows1255, "windows-1255"},
		{"arabic", textAr, charmap.Windows1256, "windows-1256"},
		{"utf-16 with mark", textHans, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), "utf-16le"},
		{"utf-16be with mark", textHans, unicode.UTF16(unicode.BigEndian, unicode.UseBOM), "utf-16be"},
		{"utf-16 without mark", "sha256 of evil.exe at http://evil.example/", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "utf-16le"},
		{"utf-32", textHans, utf32.UTF32(utf32.LittleEndian, utf32.UseBOM), "utf-32le"},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw, err := c.enc.NewEncoder().Bytes([]byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			text, name := ToUTF8(raw, "")
			if name != c.want || string(text) != c.text {
				t.Errorf("got %s %q", name, text)
			}
			long := []byte(strings.Repeat("plain ASCII text of a log line\n", 2000))
			if !strings.HasPrefix(c.want, "utf") {
				text, name = ToUTF8(append(long, raw...), "")
				if name != c.want || !strings.HasSuffix(string(text), c.text) {
					t.Errorf("after 60 KB of ASCII: got %s", name)
				}
			}
		})
	}
}

func TestToUTF8Declared(t *testing.T) {
	gbk, _ := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(textHans))
	big5, _ := traditionalchinese.Big5.NewEncoder().Bytes([]byte("惡意"))
	liantong, _ := simplifiedchinese.GBK.NewEncoder().Bytes([]byte("联通")) // also valid UTF-8
	for _, c := range []struct{ name, data, declared, text, charset string }{
		{"a lie: UTF-8 called GBK", textHans, "gbk", textHans, "utf-8"},
		{"a lie: GBK called ISO-8859-1", string(gbk), "iso-8859-1", textHans, "gb18030"},
		{"a lie: GBK called UTF-8", string(gbk), "utf-8", textHans, "gb18030"},
		{"declared helps short text", string(big5), "Big5", "惡意", "big5"},
		{"declared against valid UTF-8", string(liantong), "gb2312", "联通", "gb18030"},
		{"quoted and upper case", string(gbk), ` "GB2312" `, textHans, "gb18030"},
		{"unknown name", "plain", "x-no-such", "plain", "utf-8"},
		{"ASCII called UTF-16", "plain text", "utf-16le", "plain text", "utf-8"},
		{"UTF-8 mark", "\xEF\xBB\xBFmarked", "gbk", "marked", "utf-8"},
		{"UTF-8 with a bad byte", textHans + "\xff" + textHans, "", textHans + "\uFFFD" + textHans, "utf-8"},
		{"cut inside a character", textHans[:len(textHans)-1], "", textHans[:len(textHans)-3] + "\uFFFD", "utf-8"},
		{"empty", "", "gbk", "", "utf-8"},
	} {
		text, name := ToUTF8([]byte(c.data), c.declared)
		if string(text) != c.text || name != c.charset {
			t.Errorf("%s: got %s %q", c.name, name, text)
		}
	}
}

func FuzzToUTF8(f *testing.F) {
	gbk, _ := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(textHans))
	f.Add(gbk, "gbk")
	f.Add([]byte("\xff\xfea\x00"), "")
	f.Add([]byte("\x1b$B0-"), "iso-2022-jp")
	f.Fuzz(func(t *testing.T, data []byte, declared string) {
		text, name := ToUTF8(data, declared)
		if !utf8.Valid(text) {
			t.Fatalf("not UTF-8: %q", text)
		}
		if name == "" {
			t.Fatal("no name")
		}
	})
}
