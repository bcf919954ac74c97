package queuedb

import (
	"github.com/vedette-ti/vedette/internal/store/sqldb"
)

// Tables describes the queue's tables for backups, in the order of their references.
func Tables(engine sqldb.Options) *sqldb.Tables {
	return sqldb.NewTables(engine, migrationFiles,
		[]string{"topic", "consumer", "message", "seen", "delivery", "dead"}, []string{"dead"}, []string{"topic", "consumer"})
}

// Tables returns the tables of an open queue.
func (db *DB) Tables() *sqldb.Tables {
	return Tables(sqldb.Options{Dialect: db.d, Read: db.read, Runner: db.runner, Log: db.o.Log})
}
