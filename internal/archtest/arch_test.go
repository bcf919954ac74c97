package archtest

import (
	"go/ast"
	"path/filepath"
	"strings"
	"testing"
)

const (
	maxFileLines    = 800
	maxFuncLines    = 80
	maxExported     = 60
	maxMethods      = 12
	maxDepth        = 3
	repositoryAbove = "../.."
)

func load(t *testing.T) []File {
	t.Helper()
	root, err := filepath.Abs(repositoryAbove)
	if err != nil {
		t.Fatal(err)
	}
	files, err := ReadAll(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 50 {
		t.Fatalf("only %d files found: the test looks in the wrong place", len(files))
	}
	return files
}

func TestArrows(t *testing.T) {
	table := groups()
	for _, f := range load(t) {
		if f.Package == "" {
			continue
		}
		from := groupOf(f.Package, table)
		if from == "" {
			t.Errorf("%s: package %s has no group: add it to rules.go", f.Path, f.Package)
			continue
		}
		for _, i := range f.Imports {
			for prefix, where := range only() {
				if (i == prefix || strings.HasPrefix(i, prefix+"/")) && !f.Test && from != suites && !inOne(f.Package, where) {
					t.Errorf("%s imports %s: only %v may", f.Path, i, where)
				}
			}
		}
		for _, to := range f.internalImports() {
			if f.Test || to == f.Package {
				continue
			}
			g := groupOf(to, table)
			family, _, _ := strings.Cut(f.Package, "/")
			other, _, _ := strings.Cut(to, "/")
			switch {
			case from == members && g == members && (family != other || !strings.HasPrefix(to, f.Package+"/") && !shared(to)):
				t.Errorf("%s: member %s imports member %s", f.Path, f.Package, to)
			case from == members && g == members:
			case !allowed(from, g):
				t.Errorf("%s: %s (%s) must not import %s (%s)", f.Path, f.Package, from, to, g)
			}
		}
	}
}

// shared names helper packages inside a family that its members use.
func shared(pkg string) bool {
	switch pkg {
	case "parser/charset", "notify/template", "feed/preset", "parser/ooxml", "parser/ole", "parser/delim", "parser/zipfile":
		return true
	}
	return false
}

func inOne(pkg string, where []string) bool {
	for _, w := range where {
		if pkg == w || strings.HasSuffix(w, "/") && strings.HasPrefix(pkg+"/", w) {
			return true
		}
	}
	return false
}

func TestFiles(t *testing.T) {
	documented := map[string]bool{}
	packages := map[string]string{}
	for _, f := range load(t) {
		if f.Lines > maxFileLines {
			t.Errorf("%s has %d lines, over %d", f.Path, f.Lines, maxFileLines)
		}
		dir := filepath.Dir(f.Path)
		if depth := strings.Count(f.Package, "/") + 1; f.Package != "" && depth > maxDepth {
			t.Errorf("%s is nested %d deep under internal/, over %d", f.Path, depth, maxDepth)
		}
		switch name := f.Ast.Name.Name; name {
		case "util", "utils", "common", "types", "models", "helpers", "misc":
			t.Errorf("%s: a package is a noun of the domain, not %s", f.Path, name)
		}
		if !f.Test {
			packages[dir] = f.Path
			if f.Ast.Doc != nil && len(f.Ast.Doc.Text()) > 60 {
				documented[dir] = true
			}
		}
		for _, d := range f.Ast.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if fn.Name.Name == "init" && fn.Recv == nil {
				t.Errorf("%s has an init function", f.Path)
			}
			if n := f.Set.Position(fn.End()).Line - f.Set.Position(fn.Pos()).Line + 1; n > maxFuncLines {
				t.Errorf("%s: %s has %d lines, over %d", f.Path, fn.Name.Name, n, maxFuncLines)
			}
		}
	}
	for dir, example := range packages {
		if !documented[dir] {
			t.Errorf("%s: package in %s has no paragraph that says what it owns and what not", example, dir)
		}
	}
}

func TestExportedNames(t *testing.T) {
	count := map[string]int{}
	for _, f := range load(t) {
		if f.Test || f.Package == "" || f.Package == "stix" || f.Package == "misp" {
			continue
		}
		for _, d := range f.Ast.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil && d.Name.IsExported() {
					count[f.Package]++
				}
			case *ast.GenDecl:
				count[f.Package] += exportedSpecs(t, f, d)
			}
		}
	}
	for pkg, n := range count {
		if n > maxExported {
			t.Errorf("package %s exports %d names, over %d", pkg, n, maxExported)
		}
	}
}

// exportedSpecs counts types, functions and variables; a group of constants of one type counts once, since
// it is one vocabulary.
func exportedSpecs(t *testing.T, f File, d *ast.GenDecl) int {
	n := 0
	for _, s := range d.Specs {
		switch s := s.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() {
				n++
			}
			if i, ok := s.Type.(*ast.InterfaceType); ok && i.Methods.NumFields() > maxMethods {
				t.Errorf("%s: interface %s has %d methods, over %d", f.Path, s.Name.Name, i.Methods.NumFields(), maxMethods)
			}
		case *ast.ValueSpec:
			if len(s.Names) > 0 && s.Names[0].IsExported() && (d.Tok.String() == "var" || len(d.Specs) == 1) {
				n++
			}
		}
	}
	if d.Tok.String() == "const" && len(d.Specs) > 1 {
		n++
	}
	return n
}
