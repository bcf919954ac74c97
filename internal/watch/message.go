package watch

import (
	"fmt"
	"strings"

	"github.com/vedette-ti/vedette/internal/naming"
	"github.com/vedette-ti/vedette/internal/notify"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/report"
)

const defaultLines = 20

// words are the parts of a message in one language.
type words struct {
	title, alone, more, withheld string
}

func wordsOf(lang string) words {
	if lang == "zh" {
		return words{title: "监视“%s”：%d 份报告，%d 条情报", alone: "（无报告）", more: "……另有 %d 条", withheld: "另有 %d 条因标记不能通过此渠道发送"}
	}
	return words{title: "Watch %s: %d reports, %d claims", alone: "(no report)", more: "… and %d more", withheld: "%d more are withheld from this channel by their marking"}
}

// message writes a notice as plain text, its values defanged.
func (s *Service) message(n Notice, w Watch, found news) notify.Message {
	t := wordsOf(w.Options.Lang)
	left := w.Options.Lines
	if left == 0 {
		left = defaultLines
	}
	reports, claims, shown := 0, 0, 0
	var b strings.Builder
	for _, it := range found.items {
		claims += len(it.claims)
		if it.report != nil {
			reports++
		}
		if left <= 0 {
			continue
		}
		b.WriteString(heading(it, t) + "\n")
		left--
		for _, c := range it.claims {
			if left <= 0 {
				break
			}
			b.WriteString("  " + line(c) + "\n")
			left--
			shown++
		}
	}
	if rest := claims - shown; rest > 0 {
		fmt.Fprintf(&b, t.more+"\n", rest)
	}
	if found.withheld > 0 {
		fmt.Fprintf(&b, t.withheld+"\n", found.withheld)
	}
	m := notify.Message{
		ID: "notice-" + n.ID.String(), Event: "watch.match", Time: n.Created, Title: fmt.Sprintf(t.title, w.Name, reports, claims), Body: strings.TrimSpace(b.String()),
		TLP: found.tlp, Lang: w.Options.Lang, URL: s.o.Link("watch", w.ID),
	}
	if len(found.items) == 1 && found.items[0].report != nil {
		m.URL = s.o.Link("report", found.items[0].report.ID)
	}
	return m
}

func heading(it item, t words) string {
	if it.report == nil {
		return t.alone
	}
	head := oneLine(it.report.Title, 200)
	if p := it.report.Publisher.Name; p != "" {
		head += " (" + oneLine(p, 80)
		if d := it.report.Published; !d.IsZero() {
			head += ", " + d.Format("2006-01-02")
		}
		head += ")"
	}
	return head
}

// line shows a claim: type, value, comment.
func line(c report.Claim) string {
	value := oneLine(c.Stated, 300)
	if len(c.Parts) > 0 {
		parts := make([]string, len(c.Parts))
		for i, p := range c.Parts {
			parts[i] = oneLine(observable.Defang(p.Value), 300)
		}
		value = strings.Join(parts, " | ")
	}
	out := c.Type + " " + value
	if c.Comment != "" {
		out += " (" + oneLine(c.Comment, 120) + ")"
	}
	return out
}

// oneLine keeps foreign text from making lines of its own.
func oneLine(s string, limit int) string {
	return naming.Clip(strings.Join(strings.Fields(s), " "), limit)
}
