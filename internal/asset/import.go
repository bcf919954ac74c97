package asset

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/naming"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// Bounds of an import.
const (
	MaxImport    = 32 << 20 // bytes
	MaxRows      = 100_000
	MaxRowErrors = 200
)

// Import reads assets from a CSV file (comma, semicolon or tab; UTF-8, UTF-16 with a mark, else GB18030).
// The first row names the columns in English or Chinese: kind, value, name, criticality, tags, comment, or a
// kind as the column of its values; without such a row the columns stand in this order, a single one is the
// value. Known assets take what the file says, and what it leaves out stays. Bad rows are reported and the
// good ones go in; a dry run only reports. It needs assets.manage.
func (s *Service) Import(ctx context.Context, a sharing.Actor, r io.Reader, dryRun bool) (ImportResult, error) {
	res := ImportResult{DryRun: dryRun, Errors: []RowError{}}
	if err := a.Need(sharing.ManageAssets); err != nil {
		return res, err
	}
	data, err := io.ReadAll(io.LimitReader(r, MaxImport+1))
	if err != nil {
		return res, err
	}
	if len(data) > MaxImport {
		return res, errs.New(errs.TooLarge, "import_too_large", "The file is larger than {max} bytes: split it.", "max", MaxImport)
	}
	want, err := parseRows(data, a.Org, &res)
	if err != nil {
		return res, err
	}
	err = s.write(ctx, a.Org, func(ctx context.Context) error {
		p, err := s.plan(ctx, a, want)
		if err != nil {
			return err
		}
		res.Added, res.Updated, res.Unchanged = len(p.fresh)+len(p.revived), len(p.updated), p.unchanged
		if dryRun {
			return nil
		}
		_, err = s.apply(ctx, a, p)
		return err
	})
	return res, err
}

// columns says where a row's fields are; -1 for nowhere.
type columns struct {
	kind, value, name, criticality, tags, comment int
	fixed                                         Kind // of a column that is named after a kind
}

func parseRows(data []byte, org id.ID, res *ImportResult) ([]Asset, error) {
	text, err := decode(data)
	if err != nil {
		return nil, err
	}
	rd := csv.NewReader(strings.NewReader(text))
	rd.Comma, rd.Comment, rd.FieldsPerRecord, rd.LazyQuotes, rd.TrimLeadingSpace = delimiter(text), '#', -1, true, true
	rd.ReuseRecord = true
	var out []Asset
	var cols *columns
	lines := map[string]int{}
	for {
		row, err := rd.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		line, _ := rd.FieldPos(0)
		if err != nil {
			res.fail(line, "", "", errs.Wrap(err, errs.Invalid, "bad_row", "The row cannot be read as CSV."))
			continue
		}
		if cols == nil {
			c, header := readHeader(row)
			if cols = &c; header {
				continue
			}
		}
		if blank(row) {
			continue
		}
		if res.Rows++; res.Rows > MaxRows {
			return nil, errs.New(errs.TooLarge, "import_rows", "The file has more than {max} rows: split it.", "max", MaxRows)
		}
		it, err := cols.read(row, org)
		if err != nil {
			res.failAt(rd, cols, line, row, err)
			continue
		}
		key := string(it.Kind) + " " + it.Value
		if first, again := lines[key]; again {
			res.fail(line, "value", it.Value, errs.New(errs.Invalid, "row_repeated", "{value} is in line {line} already.", "value", it.Value, "line", first))
			continue
		}
		lines[key] = line
		out = append(out, it)
	}
}

func blank(row []string) bool {
	for _, cell := range row {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}

// failAt reports a row with the line and content of the cell that is wrong.
func (res *ImportResult) failAt(rd *csv.Reader, c *columns, line int, row []string, err error) {
	e, _ := errs.As(err)
	column, cell := "", ""
	if e != nil {
		column = e.Subject
		at := map[string]int{"kind": c.kind, "value": c.value, "name": c.name, "criticality": c.criticality, "tags": c.tags, "comment": c.comment}
		if i, ok := at[column]; ok && i >= 0 && i < len(row) {
			cell = row[i]
			line, _ = rd.FieldPos(i)
		}
	}
	res.fail(line, column, cell, err)
}

func (res *ImportResult) fail(line int, column, cell string, err error) {
	if res.Failed++; len(res.Errors) >= MaxRowErrors {
		return
	}
	e := RowError{Line: line, Column: column, Value: naming.Clip(cell, 120), Code: "internal", Message: "internal error"}
	if shown, ok := errs.As(err); ok {
		e.Code, e.Message, e.Params = shown.Code, errs.Fill(shown.Message, shown.Params), shown.Params
	}
	res.Errors = append(res.Errors, e)
}

func (c *columns) read(row []string, org id.ID) (Asset, error) {
	cell := func(i int) string {
		if i < 0 || i >= len(row) {
			return ""
		}
		return strings.TrimSpace(row[i])
	}
	d := Draft{Kind: c.fixed, Value: cell(c.value), Name: cell(c.name), Comment: cell(c.comment)}
	if text := cell(c.kind); text != "" {
		k, ok := kindWord(text)
		if !ok {
			k = Kind(text) // the draft refuses it, by name
		}
		d.Kind = k
	}
	for tag := range strings.FieldsFuncSeq(cell(c.tags), func(r rune) bool { return strings.ContainsRune(";,|；，、", r) }) {
		d.Tags = append(d.Tags, tag)
	}
	var err error
	if d.Criticality, err = criticality(cell(c.criticality)); err != nil {
		return Asset{}, err
	}
	return d.asset(org)
}

func readHeader(row []string) (c columns, header bool) {
	c = columns{kind: -1, value: -1, name: -1, criticality: -1, tags: -1, comment: -1}
	for i, cell := range row {
		field, ok := columnWord(naming.Fold(cell))
		if !ok {
			continue
		}
		at := map[string]*int{"kind": &c.kind, "value": &c.value, "name": &c.name, "criticality": &c.criticality, "tags": &c.tags, "comment": &c.comment}[field]
		if *at < 0 {
			*at, header = i, true
		}
	}
	if header && c.value < 0 { // a kind as the column of its values
		for i, cell := range row {
			if k, ok := kindWord(cell); ok && i != c.kind {
				c.value, c.fixed = i, k
				break
			}
		}
	}
	if header && c.value >= 0 {
		return c, true
	}
	if k, ok := kindWord(row[0]); ok && len(row) == 1 {
		return columns{kind: -1, value: 0, name: -1, criticality: -1, tags: -1, comment: -1, fixed: k}, true
	}
	if len(row) == 1 {
		return columns{kind: -1, value: 0, name: -1, criticality: -1, tags: -1, comment: -1}, false
	}
	return columns{kind: 0, value: 1, name: 2, criticality: 3, tags: 4, comment: 5}, false
}

func columnWord(s string) (string, bool) {
	switch s {
	case "kind", "type", "asset type", "类型", "种类", "资产类型":
		return "kind", true
	case "value", "asset", "值", "资产", "资产值":
		return "value", true
	case "name", "title", "名称", "资产名称":
		return "name", true
	case "criticality", "importance", "priority", "重要性", "重要程度", "等级", "级别":
		return "criticality", true
	case "tags", "tag", "labels", "标签":
		return "tags", true
	case "comment", "note", "notes", "description", "备注", "说明", "描述":
		return "comment", true
	}
	return "", false
}

func kindWord(s string) (Kind, bool) {
	switch naming.Fold(s) {
	case "domain", "domain name", "domain-name", "hostname", "host", "域名", "主机名":
		return Domain, true
	case "network", "net", "cidr", "ip", "ip address", "address", "subnet", "网络", "网段", "ip地址", "地址":
		return Network, true
	case "brand", "company", "trademark", "品牌", "商标", "公司":
		return Brand, true
	case "software", "product", "cpe", "软件", "产品":
		return Software, true
	}
	return "", false
}

func criticality(s string) (int, error) {
	switch naming.Fold(s) {
	case "":
		return 0, nil
	case "low", "低":
		return 1, nil
	case "medium", "middle", "normal", "中", "一般":
		return 2, nil
	case "high", "高", "重要":
		return 3, nil
	case "critical", "very high", "关键", "核心", "极高", "严重":
		return 4, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 4 {
		return 0, errs.New(errs.Invalid, "asset_criticality", "The criticality goes from 0 (not said) and 1 (low) to 4 (critical).").At("criticality")
	}
	return n, nil
}

// decode returns UTF-8: Excel writes UTF-16 or the system's charset, which is GBK on Chinese systems.
func decode(data []byte) (string, error) {
	var e encoding.Encoding
	switch {
	case bytes.HasPrefix(data, []byte{0xEF, 0xBB, 0xBF}):
		data = data[3:]
	case bytes.HasPrefix(data, []byte{0xFF, 0xFE}), bytes.HasPrefix(data, []byte{0xFE, 0xFF}):
		e = unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	}
	if e == nil && !utf8.Valid(data) {
		e = simplifiedchinese.GB18030
	}
	if e != nil {
		var err error
		if data, err = e.NewDecoder().Bytes(data); err != nil {
			return "", errs.Wrap(err, errs.Invalid, "bad_charset", "The file's character set is not known: save it as CSV UTF-8.")
		}
	}
	if bytes.IndexByte(data, 0) >= 0 || bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		return "", errs.New(errs.Unsupported, "not_csv", "The file is not text: save the table as CSV UTF-8.")
	}
	return string(data), nil
}

// delimiter is what occurs most in the first line that says something.
func delimiter(text string) rune {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		best, count := ',', strings.Count(line, ",")
		for _, c := range ";\t" {
			if n := strings.Count(line, string(c)); n > count {
				best, count = c, n
			}
		}
		return best
	}
	return ','
}
