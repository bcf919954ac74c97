// Package web owns the console as the server ships it: the built files, the placeholder that
// stands in when the console was not built, the translations (which the command line and
// mail read too), and the handler that serves them with their caching and security headers.
// It owns no API and no session; whoever mounts the handler decides at which paths.
package web

import (
	"embed"
	"io/fs"
)

// The build writes to dist/app, so that the committed placeholder dist/index.html stays as it is.
//
//go:embed all:dist
var dist embed.FS

//go:embed src/locales/*.json
var locales embed.FS

// Languages lists the languages of the console, the default first.
func Languages() []string { return []string{"en", "zh"} }

// Locale returns the translations of one language as a JSON tree of strings. Placeholders are
// written {name}, as in package errs; the text of an error code is at "errors.<code>".
func Locale(lang string) ([]byte, error) {
	return locales.ReadFile("src/locales/" + lang + ".json")
}

// Built tells whether this binary holds the console or only its placeholder.
func Built() bool {
	_, err := fs.Stat(dist, "dist/app/index.html")
	return err == nil
}

// Files returns the console's files, index.html at the root.
func Files() fs.FS {
	root := "dist"
	if Built() {
		root = "dist/app"
	}
	sub, err := fs.Sub(dist, root)
	if err != nil {
		panic("web: " + err.Error()) // a constant, valid path: cannot happen
	}
	return sub
}
