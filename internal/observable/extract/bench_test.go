package extract_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vedette-ti/vedette/internal/observable/extract"
)

// prose makes n bytes of English or Chinese text in which about one word in a hundred is an
// indicator, plain or defanged.
func prose(n int, words []string, sep string) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	found := []string{
		"hxxp://cdn.quiet-harbor[.]com/a/b.php?id=7", "https://stat.quiet-harbor.net/x", "185.62.190[.]12", "91.214.67.18", "quiet-harbor[.]org",
		"login.quiet-harbor.net", "ops@quiet-harbor.com", "d41d8cd98f00b204e9800998ecf84279", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
		"CVE-2024-21762", "T1059.001", `C:\Users\Public\update.exe`, "payload.dll", "2a09:bac0:41::7", "a9993e364706816aba3e25717850c26c9cd0d89d",
	}
	var b strings.Builder
	for b.Len() < n {
		if r.IntN(100) == 0 {
			b.WriteString(" " + found[r.IntN(len(found))] + " ")
		} else {
			b.WriteString(words[r.IntN(len(words))])
		}
		switch r.IntN(14) {
		case 0:
			b.WriteString(". ")
		case 1:
			b.WriteString(", ")
		case 2:
			b.WriteString(".\n")
		default:
			b.WriteString(sep)
		}
	}
	return []byte(b.String()[:n])
}

func english() []string {
	return strings.Fields(`the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which one you were all
		her she there would their we him been has when who will no more if out so up said what its about than into them can only other time new some could these two may
		first then do any like my now over such our man me even most made after also did many off before must well back through years where much your way down should because
		long each just state those people too mister how little good world make very year still see own work men day get here old life both between being under three never know
		same last another while us might great go come since against right came take used himself few house use place during high without again home around small however
		attackers campaign infrastructure command-and-control persistence well-known loader victim organisation (reported) researchers observed "quoted" don't it's 2024 17 3.5 U.S.`)
}

func chinese() []string {
	return strings.Fields(`攻击者 通过 钓鱼邮件 投递 恶意 附件 受害者 打开 后 会 执行 脚本 并 下载 后续 载荷 该 组织 长期 针对 我国 政府 能源 军工 等 行业 本次 活动 中 使用 的 样本 与 此前 披露 存在 代码 重叠 分析 人员 认为 其 具有 较高 技术 水平 建议 用户 及时 更新 补丁 加强 监测 网络 安全 团队 发现 新的 木马 家族`)
}

func benchmark(b *testing.B, text []byte) {
	x, err := extract.New(extract.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	b.ResetTimer()
	before, n := cpuTime(), 0
	for b.Loop() {
		x.Bytes(text)
		n++
	}
	// Machines are shared: CPU time says more than the wall clock.
	b.ReportMetric(float64(n)*float64(len(text))/1e6/(cpuTime()-before).Seconds(), "MB/cpu-s")
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkProse(b *testing.B) { benchmark(b, prose(8<<20, english(), " ")) }

func BenchmarkProseChinese(b *testing.B) { benchmark(b, prose(8<<20, chinese(), "")) }

// hostile lists texts made to be slow, each by repeating one piece.
func hostile() map[string]string {
	return map[string]string{
		"dots": "a.", "digits": "1.", "bracketDots": "[.]", "schemes": "hxxp://", "hex": "a1", "at": "a@", "brackets": "[", "openBrackets": "[({",
		"wideDots": "。", "words": "a.name ", "colons": ":", "pairs": "ab:", "backslashes": `\`, "paths": `a\b`, "spacedPath": `C:\a b `, "slashes": "/",
		"rule": "rule a { ", "ruleCondition": "rule a { condition: ", "alert": "alert tcp a -> b (", "title": "title: x\n", "percent": "%3A", "base64": "aHR0c",
		"hidden": "aHR0cDovLw ", "zeroWidth": "a\u200b", "tags": "<b>", "cjk": "中", "cjkDot": "中.", "mutex": "mutex: ", "agent": "User-Agent: ", "telegram": "telegram @abcde ",
		"ids": "S0154 ", "techniques": "T1059 ", "cve": "CVE-2024-", "hashes": "d41d8cd98f00b204e9800998ecf8427a\n", "half": "d41d8cd98f00b204e980\n", "quotes": `"`,
		"plus": "a+", "mailto": "a+b@", "wordDot": "a dot ", "wordAt": "a at ", "urlPath": "http://a.com/(", "urlList": "http://a.com,", "ssdeep": "3:aaaaa:", "ipv6": "1::", "wallet": "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2 ",
		"escapes": `a\_`, "magnet": "magnet:?", "mozilla": "Mozilla/5.0 (", "emails": "a@b.com", "entities": "&#46;", "versions": "1.2.3.4 ", "files": "a.zip ", "env": "%a%\\", "unix": "/etc/", "pipe": `\\.\pipe\`, "hklm": `HKLM\a `, "clash": "x.sh ", "ghsa": "GHSA-aaaa-", "mac": "00:", "comment": "/*", "ligature": "ﬁ.",
	}
}

func BenchmarkHostile(b *testing.B) {
	for name, piece := range hostile() {
		for _, size := range []int{1 << 20, 2 << 20} {
			b.Run(fmt.Sprintf("%s/%dMiB", name, size>>20), func(b *testing.B) {
				benchmark(b, []byte(strings.Repeat(piece, size/len(piece)+1)[:size]))
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(size), "ns/byte")
			})
		}
	}
}

// TestLinear asks that no hostile text costs more than a bound per byte, and that twice the text
// costs about twice the time. The bounds are generous, since machines are shared: a quadratic
// parser misses them by orders of magnitude.
func TestLinear(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	x, err := extract.New(extract.Options{})
	if err != nil {
		t.Fatal(err)
	}
	cost := func(piece string, size int) float64 {
		text := []byte(strings.Repeat(piece, size/len(piece)+1)[:size])
		best := time.Hour
		for range 2 {
			start := cpuTime()
			x.Bytes(text)
			best = min(best, cpuTime()-start)
		}
		return float64(best.Nanoseconds()) / float64(size)
	}
	for name, piece := range hostile() {
		small, large := cost(piece, 64<<10), cost(piece, 256<<10)
		if large > 3000 || large > 3*small+200 {
			t.Errorf("%s: %.0f ns/byte at 64 KiB, %.0f at 256 KiB", name, small, large)
		}
		if testing.Verbose() {
			t.Logf("%-14s %7.1f %7.1f ns/byte", name, small, large)
		}
	}
}
