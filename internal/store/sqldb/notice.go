package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/naming"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/watch"
)

const channelColumns = "c.id, c.org_id, c.account_id, c.kind, c.name, c.config, c.secret_names, c.tlp, c.per_hour, c.enabled, c.last_error, c.created, c.modified, c.version, c.deleted"

func scanChannel(row interface{ Scan(...any) error }) (watch.Channel, error) {
	c := watch.Channel{SecretsSet: []string{}}
	var config string
	var names sql.NullString
	var created, modified int64
	err := row.Scan(&c.ID, &c.Org, &c.Owner, &c.Kind, &c.Name, &config, &names, &c.TLP, &c.PerHour, &c.Enabled, &c.Error, &created, &modified, &c.Version, &c.Deleted)
	if err != nil {
		return c, err
	}
	c.Config, c.Created, c.Modified = jsonx.Raw(config), fromMicro(created), fromMicro(modified)
	return c, nullJSON(names, &c.SecretsSet)
}

// InsertChannel implements watch.Channels.
func (db *DB) InsertChannel(ctx context.Context, c *watch.Channel) error {
	n, err := db.newIDs(ctx, 1)
	if err != nil {
		return err
	}
	now := db.now()
	c.ID, c.Created, c.Modified, c.Version = n, fromMicro(now), fromMicro(now), 1
	_, err = db.exec(ctx, "INSERT INTO channel(id, org_id, account_id, kind, name, name_key, config, tlp, per_hour, enabled, created, modified, version) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,1)",
		int64(n), int64(c.Org), int64(c.Owner), c.Kind, c.Name, naming.Fold(c.Name), string(c.Config), int(c.TLP), c.PerHour, c.Enabled, now, now)
	return err
}

// UpdateChannel implements watch.Channels.
func (db *DB) UpdateChannel(ctx context.Context, c *watch.Channel) error {
	now := db.now()
	n, err := db.exec(ctx, "UPDATE channel SET name = ?, name_key = ?, config = ?, tlp = ?, per_hour = ?, enabled = ?, last_error = ?, modified = ?, deleted = ?, version = version + 1 WHERE id = ? AND version = ?",
		c.Name, naming.Fold(c.Name), string(c.Config), int(c.TLP), c.PerHour, c.Enabled, c.Error, now, c.Deleted, int64(c.ID), c.Version)
	if err != nil {
		return err
	}
	c.Modified = fromMicro(now)
	c.Version++
	return db.versioned(ctx, n, "channel", "channel", c.ID)
}

// SetChannelSecrets implements watch.Channels.
func (db *DB) SetChannelSecrets(ctx context.Context, n id.ID, sealed []byte, names []string) error {
	_, err := db.exec(ctx, "UPDATE channel SET secrets = ?, secret_names = ? WHERE id = ?", bytesOrNull(sealed), jsonOrNull(names, len(names) > 0), int64(n))
	return err
}

// ChannelSecrets implements watch.Channels.
func (db *DB) ChannelSecrets(ctx context.Context, s sharing.Scope, n id.ID) ([]byte, error) {
	var sealed []byte
	err := db.row(ctx, "SELECT secrets FROM channel c WHERE c.id = ? AND "+ownOrg(s, "c.org_id"), int64(n)).Scan(&sealed)
	return sealed, missing(err, "channel", n)
}

// Channel implements watch.Channels.
func (db *DB) Channel(ctx context.Context, s sharing.Scope, n id.ID) (watch.Channel, error) {
	c, err := scanChannel(db.row(ctx, "SELECT "+channelColumns+" FROM channel c WHERE c.id = ? AND "+ownOrg(s, "c.org_id"), int64(n)))
	return c, missing(err, "channel", n)
}

// Channels implements watch.Channels.
func (db *DB) Channels(ctx context.Context, s sharing.Scope, f watch.Filter, p report.Page) ([]watch.Channel, string, error) {
	var w where
	w.and(ownOrg(s, "c.org_id"))
	w.and(not(!f.Deleted) + "c.deleted")
	if f.Org != 0 {
		w.and("c.org_id = ?", int64(f.Org))
	}
	if f.Owner != 0 {
		w.and("c.account_id = ?", int64(f.Owner))
	}
	if f.Enabled != nil {
		w.and("c.enabled = ?", *f.Enabled)
	}
	if f.Match != "" {
		w.and(`c.name_key LIKE ? ESCAPE '\'`, likeAny(naming.Fold(f.Match)))
	}
	return listByName(ctx, db, "SELECT "+channelColumns+" FROM channel c", "channel", "c", w, p, func(rows *sql.Rows) (watch.Channel, id.ID, error) {
		c, err := scanChannel(rows)
		return c, c.ID, err
	})
}

// SetChannelError implements watch.Channels. It is the machine's note, no edit.
func (db *DB) SetChannelError(ctx context.Context, n id.ID, text string) error {
	_, err := db.exec(ctx, "UPDATE channel SET last_error = ? WHERE id = ? AND last_error <> ?", text, int64(n), text)
	return err
}

// Waiting implements watch.Notices.
func (db *DB) Waiting(ctx context.Context, s sharing.Scope) ([]watch.Waiting, error) {
	var out []watch.Waiting
	err := db.each(ctx, `SELECT wc.watch_id, wc.channel_id, w.options, w.muted, c.per_hour, MIN(h.seq), MAX(h.seq), COUNT(*), MIN(h.at)
		FROM watch_channel wc JOIN watch w ON w.id = wc.watch_id JOIN channel c ON c.id = wc.channel_id JOIN watch_hit h ON h.watch_id = wc.watch_id AND h.seq > wc.last_hit
		WHERE w.enabled AND NOT w.deleted AND c.enabled AND NOT c.deleted AND `+ownOrg(s, "w.org_id")+`
		GROUP BY wc.watch_id, wc.channel_id, w.options, w.muted, c.per_hour ORDER BY MIN(h.at), wc.watch_id, wc.channel_id`, nil, func(rows *sql.Rows) error {
		var v watch.Waiting
		var options string
		var muted sql.NullInt64
		var oldest int64
		if err := rows.Scan(&v.Watch, &v.Channel, &options, &muted, &v.PerHour, &v.First, &v.Last, &v.Hits, &oldest); err != nil {
			return err
		}
		var o watch.Options
		if err := jsonx.Unmarshal([]byte(options), &o); err != nil {
			return err
		}
		v.Window, v.Muted, v.Oldest = time.Duration(o.Window)*time.Second, nullMicro(muted), fromMicro(oldest)
		out = append(out, v)
		return nil
	})
	return out, err
}

// SkipHits implements watch.Notices.
func (db *DB) SkipHits(ctx context.Context, w, channel id.ID, last int64) error {
	_, err := db.exec(ctx, "UPDATE watch_channel SET last_hit = ? WHERE watch_id = ? AND channel_id = ?", last, int64(w), int64(channel))
	return err
}

// InsertNotice implements watch.Notices.
func (db *DB) InsertNotice(ctx context.Context, n *watch.Notice) error {
	number, err := db.newIDs(ctx, 1)
	if err != nil {
		return err
	}
	n.ID = number
	if n.Created.IsZero() {
		n.Created = fromMicro(db.now())
	}
	_, err = db.exec(ctx, "INSERT INTO notice(id, watch_id, channel_id, first_hit, last_hit, hits, state, created) VALUES(?,?,?,?,?,?,?,?)",
		int64(n.ID), int64(n.Watch), int64(n.Channel), n.First, n.Last, n.Hits, string(n.State), micro(n.Created))
	if err != nil {
		return err
	}
	return db.SkipHits(ctx, n.Watch, n.Channel, n.Last)
}

// CountNotices implements watch.Notices. What was suppressed did not reach anybody.
func (db *DB) CountNotices(ctx context.Context, channel id.ID, since time.Time) (int, error) {
	var n int
	err := db.row(ctx, "SELECT COUNT(*) FROM notice WHERE channel_id = ? AND created > ? AND state <> ?", int64(channel), micro(since), string(watch.Suppressed)).Scan(&n)
	return n, err
}

// UpdateNotice implements watch.Notices.
func (db *DB) UpdateNotice(ctx context.Context, n watch.Notice) error {
	_, err := db.exec(ctx, "UPDATE notice SET state = ?, attempts = ?, ended = ?, error = ? WHERE id = ?", string(n.State), n.Attempts, microNull(n.Ended), n.Error, int64(n.ID))
	return err
}

const noticeColumns = "SELECT n.id, n.watch_id, n.channel_id, n.first_hit, n.last_hit, n.hits, n.state, n.attempts, n.created, n.ended, n.error FROM notice n JOIN watch w ON w.id = n.watch_id"

func scanNotice(row interface{ Scan(...any) error }) (watch.Notice, error) {
	var n watch.Notice
	var created int64
	var ended sql.NullInt64
	err := row.Scan(&n.ID, &n.Watch, &n.Channel, &n.First, &n.Last, &n.Hits, &n.State, &n.Attempts, &created, &ended, &n.Error)
	n.Created, n.Ended = fromMicro(created), nullMicro(ended)
	return n, err
}

// Notice implements watch.Notices.
func (db *DB) Notice(ctx context.Context, s sharing.Scope, n id.ID) (watch.Notice, error) {
	v, err := scanNotice(db.row(ctx, noticeColumns+" WHERE n.id = ? AND "+ownOrg(s, "w.org_id"), int64(n)))
	return v, missing(err, "notice", n)
}

// Notices implements watch.Notices.
func (db *DB) Notices(ctx context.Context, s sharing.Scope, f watch.Filter, p report.Page) ([]watch.Notice, string, error) {
	var w where
	w.and(ownOrg(s, "w.org_id"))
	if f.Watch != 0 {
		w.and("n.watch_id = ?", int64(f.Watch))
	}
	if f.Channel != 0 {
		w.and("n.channel_id = ?", int64(f.Channel))
	}
	if f.Owner != 0 {
		w.and("w.account_id = ?", int64(f.Owner))
	}
	if f.State != "" {
		w.and("n.state = ?", string(f.State))
	}
	return listNewest(ctx, db, noticeColumns, "n", w, p, func(rows *sql.Rows) (watch.Notice, id.ID, error) {
		v, err := scanNotice(rows)
		return v, v.ID, err
	})
}

// QueuedNotices implements watch.Notices.
func (db *DB) QueuedNotices(ctx context.Context, s sharing.Scope, before time.Time, limit int) ([]id.ID, error) {
	var out []id.ID
	err := db.each(ctx, "SELECT n.id FROM notice n JOIN watch w ON w.id = n.watch_id WHERE n.state = ? AND n.created < ? AND "+ownOrg(s, "w.org_id")+" ORDER BY n.id LIMIT ?",
		[]any{string(watch.Queued), micro(before), limit}, func(rows *sql.Rows) error {
			var n id.ID
			err := rows.Scan(&n)
			out = append(out, n)
			return err
		})
	return out, err
}

// PurgeHits implements watch.Notices. Hits that wait for a notice stay.
func (db *DB) PurgeHits(ctx context.Context, before time.Time) error {
	_, err1 := db.exec(ctx, `DELETE FROM watch_hit WHERE at < ? AND seq <= (SELECT COALESCE(MIN(last_hit), ?) FROM watch_channel wc WHERE wc.watch_id = watch_hit.watch_id)`, micro(before), int64(id.Max))
	_, err2 := db.exec(ctx, "DELETE FROM notice WHERE created < ? AND state <> ?", micro(before), string(watch.Queued))
	return errors.Join(err1, err2)
}
