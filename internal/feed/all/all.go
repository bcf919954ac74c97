// Package all lists the kinds of source. It is wiring: a new kind is one line here.
package all

import (
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/feed/drop"
	"github.com/vedette-ti/vedette/internal/feed/file"
	"github.com/vedette-ti/vedette/internal/feed/folder"
	"github.com/vedette-ti/vedette/internal/feed/github"
	"github.com/vedette-ti/vedette/internal/feed/list"
	"github.com/vedette-ti/vedette/internal/feed/misp"
	"github.com/vedette-ti/vedette/internal/feed/rss"
	"github.com/vedette-ti/vedette/internal/feed/sample"
	"github.com/vedette-ti/vedette/internal/feed/sitemap"
	"github.com/vedette-ti/vedette/internal/feed/web"
)

// Kinds returns the kinds in the order in which the console offers them.
func Kinds() []feed.Kind {
	return []feed.Kind{
		rss.Kind(), list.Kind(), misp.Kind(), web.Kind(), sitemap.Kind(), github.Kind(), folder.Kind(), file.Kind(), sample.Kind(), drop.Kind(),
	}
}
