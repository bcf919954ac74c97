package fetch

import "net/http"

// Validators are what a server gave to recognise an unchanged page (RFC 9110 §8.8). They are kept
// in cursors, so they hold only strings the server sent, each at most 1 KiB.
type Validators struct {
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
}

// longestValidator keeps a hostile server from filling the cursor.
const longestValidator = 1024

// IsZero tells that nothing is known, so that a request cannot be conditional.
func (v Validators) IsZero() bool { return v == Validators{} }

func (v Validators) apply(h http.Header) {
	if v.ETag != "" {
		h.Set("If-None-Match", v.ETag)
	}
	if v.LastModified != "" {
		h.Set("If-Modified-Since", v.LastModified)
	}
}

func (v Validators) refresh(newer Validators) Validators {
	if newer.ETag != "" {
		v.ETag = newer.ETag
	}
	if newer.LastModified != "" {
		v.LastModified = newer.LastModified
	}
	return v
}

func validators(h http.Header) Validators {
	v := Validators{ETag: h.Get("ETag"), LastModified: h.Get("Last-Modified")}
	if len(v.ETag) > longestValidator {
		v.ETag = ""
	}
	if len(v.LastModified) > longestValidator {
		v.LastModified = ""
	}
	return v
}
