// Package archtest holds the rules of the house as a test: which package may import which, and the
// budgets of files, functions, exported names and interfaces (design: layout). It reads the sources itself,
// so that the test cache sees every file as an input. It owns no production code.
package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Module is the module path.
const Module = "github.com/vedette-ti/vedette"

// File is one parsed Go file.
type File struct {
	Path    string // relative to the repository
	Package string // import path relative to internal/, "" outside it
	Test    bool
	Lines   int
	Imports []string
	Ast     *ast.File
	Set     *token.FileSet
}

// ReadAll parses every Go file of the repository but vendored and generated folders.
func ReadAll(root string) ([]File, error) {
	var out []File
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); name == "node_modules" || name == ".git" || name == "testdata" || name == ".venv" || name == ".tools" || name == "bin" || name == "dist" {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		f, err := readFile(root, path)
		out = append(out, f)
		return err
	})
	return out, err
}

func readFile(root, path string) (File, error) {
	src, err := os.ReadFile(path) //nolint:gosec // our own sources
	if err != nil {
		return File{}, err
	}
	rel, err := filepath.Rel(root, path)
	if err != nil {
		return File{}, err
	}
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, path, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return File{}, err
	}
	f := File{Path: filepath.ToSlash(rel), Test: strings.HasSuffix(path, "_test.go"), Lines: strings.Count(string(src), "\n"), Ast: tree, Set: set}
	if rest, ok := strings.CutPrefix(filepath.ToSlash(filepath.Dir(rel)), "internal/"); ok {
		f.Package = rest
	}
	for _, i := range tree.Imports {
		f.Imports = append(f.Imports, strings.Trim(i.Path.Value, `"`))
	}
	return f, nil
}

// internalImports returns imports of our own packages, relative to internal/.
func (f File) internalImports() []string {
	var out []string
	for _, i := range f.Imports {
		if rest, ok := strings.CutPrefix(i, Module+"/internal/"); ok {
			out = append(out, rest)
		}
	}
	slices.Sort(out)
	return out
}
