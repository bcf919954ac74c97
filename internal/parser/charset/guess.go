package charset

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// sampleSize bounds the bytes that are judged; runs of ASCII are skipped, so that a long English
// log with a few Chinese names is judged by the names.
const sampleSize = 6 << 10

// Characters that are frequent in running text of each language: a wrong decoding yields rare ones.
const (
	hans   = "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运攻击网络域漏洞恶病毒木黑客服器端户系统软组织样本址附邮钓鱼链接下载执行息情报威胁安全银狐通知请查收票附谢您好尽快打首次备注说明类型哈希特征变种溯源团伙活跃劫持窃密勒索挖矿后门远控"
	hant   = "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實日軍者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應戰向頭文體政美相見被利什二等產或新己制身果加西斯月話合回特代內信表化老給世位次度門任常先海通教兒原東聲提立及比員解水名真論處走義各入幾口認條平係氣題活爾更別打女變四神總何電數安少報才結反受目太量再感建務做接必場件計管期市直德資命山金指克許統區保至隊形社便空決治展馬科司五基眼書非則聽白卻界達光放強即像難且權思王象完設式色路記攻擊網路域漏洞惡意病毒駭客伺服器檔案軟體樣本郵件釣魚連結下載執行資訊威脅安全"
	jouyou = "日一国人年大十二本中長出三時行見月分後前生五間上東四今金九入学高円子外八六下来気小七山話女北午百書先名川千水半男西電校語土木聞食車何南万毎白天母火右読友左休父雨情報攻撃脆弱性対策確認通信機能検出実行不正検知社会用使場合表示可能以部開発者管理設定保存更新方法内容対象"
	hangul = "이다는에을의가고하지를로은한기도사서어나리인그자아대해보수있시정스라만일전들여주것장면부제구과상계원조우오성문경동유안모신진공소호무비선요용야치했드었연러없으때생방금남국년말위세화관개발격공악코파"
	slavic = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфёіїєґ"
	latin1 = "éèàçüöäßñáíóúâêîôûëïœæøåãõ’‘“”–—…«»°€£©®·ÄÖÜÉÀ¡¿"
	latin2 = "ąćęłńóśźżěščřžýáíéůúťďňőűôäöüâăîșțşţđ„”–’"
	turk   = "ışğçöüİŞâî’“”"
	greek  = "αοιετσνηυρπκμλςίόήέάύώδγωχθφβξζψΑΕΤΟΙΣΠΚ"
	hebrew = "אבגדהוזחטיכלמנסעפצקרשתםןףךץ"
	arabic = "اليمنرتبهوسدعكفقحجشطخصضذغثظءأإآىةؤئ،"
	thai   = "ากนรอเมงสวทลยตดบคปหขจพะแถชซผโใไฟษณธญฏฐภศฮ่้ิีุูั์ึืำ็"
)

type candidate struct {
	name     string
	enc      encoding.Encoding
	frequent string
	wide     bool // two-byte encodings of East Asia
}

// candidates in the order that breaks ties.
func candidates() []candidate {
	return []candidate{
		{"gb18030", simplifiedchinese.GB18030, hans, true},
		{"big5", traditionalchinese.Big5, hant, true},
		{"shift_jis", japanese.ShiftJIS, jouyou, true},
		{"euc-jp", japanese.EUCJP, jouyou, true},
		{"euc-kr", korean.EUCKR, hangul, true},
		{"windows-1252", charmap.Windows1252, latin1, false},
		{"windows-1251", charmap.Windows1251, slavic, false},
		{"koi8-r", charmap.KOI8R, slavic, false},
		{"windows-1250", charmap.Windows1250, latin2, false},
		{"windows-1253", charmap.Windows1253, greek, false},
		{"windows-1254", charmap.Windows1254, turk, false},
		{"windows-1255", charmap.Windows1255, hebrew, false},
		{"windows-1256", charmap.Windows1256, arabic, false},
		{"windows-874", charmap.Windows874, thai, false},
	}
}

// declaredBonus is what the sender's word is worth against the statistics, in parts of the score
// (0–1). It wins where two encodings are close, not where the text would be garbage.
const declaredBonus = 0.30

// guess returns the most plausible encoding of data that is not pure ASCII. stated may be nil.
func guess(data []byte, stated encoding.Encoding, statedName string) (encoding.Encoding, string) {
	part := sample(data)
	var best encoding.Encoding
	name, top := "", -1.0
	utf := utf8Score(part)
	if utf > 0.7 { // UTF-8 with a few bad bytes
		top, name = utf, "utf-8"
	}
	seen := false
	for _, c := range candidates() {
		s := score(c, part)
		if c.name == statedName {
			s += declaredBonus
			seen = true
		}
		if s > top {
			best, name, top = c.enc, c.name, s
		}
	}
	if stated != nil && !seen && top < 0.6 { // one we have no statistics for
		return stated, statedName
	}
	return best, name
}

// utf8Score is the share of bytes above ASCII that are part of valid characters.
func utf8Score(b []byte) float64 {
	good, bad := 0, 0
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if b[0] >= 0x80 {
			if r == utf8.RuneError && n == 1 {
				bad++
			} else {
				good += n
			}
		}
		b = b[n:]
	}
	if good+bad == 0 {
		return 0
	}
	return float64(good) / float64(good+bad)
}

// score says from 0 to 1 how plausible the sample is in an encoding: the share of its characters
// beyond ASCII that are frequent in the language, less what is broken or out of place.
func score(c candidate, part []byte) float64 {
	text, err := c.enc.NewDecoder().Bytes(part)
	if err != nil {
		return 0
	}
	var total, hits, bad, vowels float64
	var prev rune
	foreign := !c.wide && !latin(c.name)
	for _, r := range string(text) {
		if r < 0x80 {
			prev = r
			if r < ' ' && r != '\n' && r != '\r' && r != '\t' || foreign && letter(r) && prev >= 0xC0 {
				bad++
			}
			continue
		}
		total++
		switch {
		case r == utf8.RuneError, r >= 0x80 && r < 0xA0, r >= 0xE000 && r <= 0xF8FF:
			bad += 2
		case c.wide && r >= 0x3041 && r <= 0x30FE:
			hits += kanaWeight(c.name)
		case c.wide && (r >= 0x3000 && r <= 0x3011 || r >= 0xFF01 && r <= 0xFF5E || r == '“' || r == '”' || r == '—' || r == '…'):
			hits += 0.8
		case strings.ContainsRune(c.frequent, lower(r)) || strings.ContainsRune(c.frequent, r):
			hits++
			bad += misplaced(c, prev, r, foreign)
			if strings.ContainsRune("аеиоуыюяіє", lower(r)) {
				vowels++
			}
		case c.wide && r >= 0x4E00 && r <= 0x9FFF, r >= 0xAC00 && r <= 0xD7A3:
			hits += 0.45
		case r >= 0xFF61 && r <= 0xFF9F: // half-width kana: what everything looks like in Shift-JIS
			bad += 0.5
		}
		prev = r
	}
	if total == 0 {
		return 0
	}
	s := (hits - bad) / total
	if c.frequent == slavic && vowels < 0.2*total {
		s /= 2 // another alphabet read as Cyrillic
	}
	if !c.wide {
		s -= 0.08 * denseBytes(part) // one-byte text in Latin scripts is mostly ASCII
		if latin(c.name) {
			s -= 0.5 * denseBytes(part)
		}
	}
	return max(0, min(1, s))
}

// misplaced says how odd a character of a one-byte encoding is after the one before it: a capital
// inside a word (KOI8 read as 1251 and the reverse), a Greek letter inside a German word.
func misplaced(c candidate, prev, r rune, foreign bool) float64 {
	switch {
	case c.frequent == thai && r >= 0xE31 && r <= 0xE4E && r != 0xE32 && r != 0xE33 && (r < 0xE3F || r > 0xE46) && (prev < 0xE01 || prev > 0xE4E):
		return 1.5 // a vowel or tone mark with nothing to stand on
	case c.frequent == thai && mark(r) && mark(prev) && r <= prev:
		return 1.5
	case c.wide || !letter(prev):
		return 0
	case foreign && prev < 0x80:
		return 1
	case upper(r) && !upper(prev):
		return 0.7
	case upper(r):
		return 0.3
	}
	return 0
}

// mark tells that a Thai character stands above or below a consonant.
func mark(r rune) bool { return r == 0xE31 || r >= 0xE34 && r <= 0xE3A || r >= 0xE47 && r <= 0xE4E }

// latin tells that an encoding's letters mix with ASCII ones inside a word.
func latin(name string) bool {
	return name == "windows-1252" || name == "windows-1250" || name == "windows-1254"
}

// kanaWeight is what a kana is worth: a sign of Japanese, rare in Chinese and Korean text.
func kanaWeight(name string) float64 {
	if name == "shift_jis" || name == "euc-jp" {
		return 1
	}
	return 0.1
}

// denseBytes is the share of letters of the sample that are above ASCII.
func denseBytes(b []byte) float64 {
	high, all := 0, 0
	for _, c := range b {
		if c >= 0x80 {
			high++
			all++
		} else if c|0x20 >= 'a' && c|0x20 <= 'z' {
			all++
		}
	}
	return float64(high) / float64(max(all, 1))
}

// sample picks the neighbourhoods of bytes above ASCII. It cuts only between ASCII bytes, so that
// no two-byte character is split.
func sample(data []byte) []byte {
	var out []byte
	i := 0
	for i < len(data) && len(out) < sampleSize {
		if data[i] < 0x80 {
			i++
			continue
		}
		start := max(0, i-8)
		quiet, j := 0, i
		for j < len(data) && quiet < 8 && len(out)+j-start < sampleSize {
			if data[j] >= 0x80 {
				quiet = 0
			} else {
				quiet++
			}
			j++
		}
		out = append(out, data[start:j]...)
		i = j
	}
	return out
}

func letter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 0xC0 }

func upper(r rune) bool { return r >= 'A' && r <= 'Z' || lower(r) != r }

// lower folds the Latin-1, Latin-2, Greek and Cyrillic capitals that the tables above need.
func lower(r rune) rune {
	switch {
	case r >= 0x410 && r <= 0x42F, r >= 0x391 && r <= 0x3A9, r >= 0xC0 && r <= 0xDE && r != 0xD7:
		return r + 0x20
	case r >= 0x400 && r <= 0x40F:
		return r + 0x50
	case r >= 0x100 && r <= 0x137 && r&1 == 0, r >= 0x14A && r <= 0x177 && r&1 == 0:
		return r + 1
	case r >= 0x139 && r <= 0x148 && r&1 == 1, r >= 0x179 && r <= 0x17E && r&1 == 1:
		return r + 1
	}
	return r
}
