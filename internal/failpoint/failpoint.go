// Package failpoint owns the named places at which a test may end the process as kill -9 does, to show that
// nothing acknowledged is lost. Without the build tag "failpoints" every call is empty. It owns no other
// kind of injected fault.
//
// With the tag, VEDETTE_FAILPOINTS=name:n (several separated by commas) ends the process at the n-th time
// the place is passed.
package failpoint

// The places. A place is named after the step that has or has not happened yet.
const (
	CommitBefore  = "commit.before"  // all statements of a group ran, nothing is on disk
	CommitAfter   = "commit.after"   // on disk, nobody was told
	PublishBefore = "publish.before" // messages written inside the transaction
	PublishAfter  = "publish.after"  // messages on disk, publishers not yet told
	LeaseAfter    = "lease.after"    // leases on disk, the worker has not seen them
	AckBefore     = "ack.before"     // the effect is on disk, the message is not acknowledged
	AckAfter      = "ack.after"      // acknowledged on disk, the worker was not told
	BlobAfter     = "blob.after"     // the bytes of a document are on disk, no message names them
	IngestAfter   = "ingest.after"   // a part of a document is written, the worker was not told
)
