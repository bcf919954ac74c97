package github

import (
	"context"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/fetch"
)

// raw asks the API for bytes instead of JSON.
const raw = "application/vnd.github.raw+json"

// head returns the commit that the branch points at.
func (v *visit) head(ctx context.Context) (string, error) {
	ref := v.Ref
	if ref == "" {
		ref = "HEAD"
	}
	var answer struct {
		SHA string `json:"sha"`
	}
	if err := v.get(ctx, "/repos/"+v.Repo+"/commits/"+url.PathEscape(ref), &answer); err != nil {
		return "", err
	}
	if !regexp.MustCompile(`^[0-9a-f]{40,64}$`).MatchString(answer.SHA) { // becomes a part of addresses
		return "", errs.New(errs.Invalid, "not_github", "The answer of {url} is not that of GitHub's API; check its address.", "url", feed.Shown(v.API))
	}
	return answer.SHA, nil
}

// files lists the wanted files of a commit. A file is known by its path, its version by its hash.
func (v *visit) files(ctx context.Context, commit string) ([]found, error) {
	var answer struct {
		Tree []struct {
			Path string `json:"path"`
			Type string `json:"type"`
			SHA  string `json:"sha"`
			Size int64  `json:"size"`
		} `json:"tree"`
		Truncated bool `json:"truncated"`
	}
	if err := v.get(ctx, "/repos/"+v.Repo+"/git/trees/"+commit+"?recursive=1", &answer); err != nil {
		return nil, err
	}
	if answer.Truncated || len(answer.Tree) > mostFiles {
		v.poll.Skip(v.Repo, errs.New(errs.TooLarge, "repo_too_large", "GitHub lists only a part of {repo}; the rest is left out.", "repo", v.Repo))
	}
	var list []found
	for _, f := range answer.Tree[:min(len(answer.Tree), mostFiles)] {
		if f.Type != "blob" || f.Size == 0 || !v.wanted.Match(f.Path) {
			continue
		}
		if f.Size > v.MaxBytes {
			v.poll.Skip(f.Path, errs.New(errs.TooLarge, "file_too_large",
				"{file} has {size} bytes, more than the source's limit of {limit}.", "file", f.Path, "size", f.Size, "limit", v.MaxBytes))
			continue
		}
		escaped := (&url.URL{Path: f.Path}).EscapedPath()
		request := fetch.Request{URL: v.API + "/repos/" + v.Repo + "/contents/" + escaped + "?ref=" + commit, Accept: raw}
		if v.API == defaultAPI && v.poll.Secret("token") == "" { // does not count against the hourly quota
			request = fetch.Request{URL: rawHost + "/" + v.Repo + "/" + commit + "/" + escaped}
		}
		list = append(list, found{
			entry: feed.Entry{Key: f.Path, Version: f.SHA}, fetch: request,
			item: feed.Item{Key: f.Path, Name: path.Base(f.Path), URL: "https://github.com/" + v.Repo + "/blob/" + commit + "/" + escaped},
		})
	}
	return list, nil
}

// search lists repositories, those that were pushed to first, first. Each is brought once.
func (v *visit) search(ctx context.Context) ([]found, error) {
	var answer struct {
		Items []struct {
			Name        string    `json:"full_name"`
			URL         string    `json:"html_url"`
			Description string    `json:"description"`
			Created     time.Time `json:"created_at"`
			Topics      []string  `json:"topics"`
		} `json:"items"`
	}
	if err := v.get(ctx, "/search/repositories?sort=updated&order=desc&per_page=100&q="+url.QueryEscape(v.Search), &answer); err != nil {
		return nil, err
	}
	var list []found
	for _, r := range answer.Items {
		owner, project, ok := strings.Cut(r.Name, "/")
		if address, good := feed.Resolve(v.API, r.URL); ok && good && !strings.Contains(project, "/") {
			about := feed.Clean(r.Description, 2000)
			list = append(list, found{
				entry: feed.Entry{Key: address}, instead: []byte(about),
				fetch: fetch.Request{URL: v.API + "/repos/" + url.PathEscape(owner) + "/" + url.PathEscape(project) + "/readme", Accept: raw},
				item: feed.Item{
					Key: address, URL: address, Name: "README.md", Title: feed.Clean(r.Name, 200), MediaType: "text/markdown; charset=utf-8",
					Published: r.Created.UTC(), Summary: about, Tags: r.Topics[:min(len(r.Topics), 20)],
				},
			})
		}
	}
	slices.Reverse(list)
	return list, nil
}

// gists lists the files of a user's public gists, oldest gist first.
func (v *visit) gists(ctx context.Context) ([]found, error) {
	var answer []struct {
		URL         string    `json:"html_url"`
		Description string    `json:"description"`
		Created     time.Time `json:"created_at"`
		Updated     string    `json:"updated_at"`
		Files       map[string]struct {
			Raw  string `json:"raw_url"`
			Size int64  `json:"size"`
		} `json:"files"`
	}
	if err := v.get(ctx, "/users/"+v.Gists+"/gists?per_page=100", &answer); err != nil {
		return nil, err
	}
	slices.Reverse(answer)
	var list []found
	for _, g := range answer {
		names := make([]string, 0, len(g.Files))
		for name := range g.Files {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			f := g.Files[name]
			from, ok := feed.Resolve(v.API, f.Raw)
			page, good := feed.Resolve(v.API, g.URL)
			if !ok || !good || f.Size == 0 || f.Size > v.MaxBytes || !v.wanted.Match(name) {
				continue
			}
			key := page + "#" + name
			list = append(list, found{
				entry: feed.Entry{Key: key, Version: g.Updated}, fetch: fetch.Request{URL: from},
				item: feed.Item{Key: key, URL: page, Name: path.Base(name), Title: feed.Clean(g.Description, 500), Published: g.Created.UTC()},
			})
		}
	}
	return list, nil
}
