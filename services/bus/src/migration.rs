//! The tables of the bus, the same in every service's database.

use async_trait::async_trait;
use sea_orm::DbBackend;
use sea_orm_migration::prelude::*;

use crate::event::PARTITIONS;

/// The migrations of the bus, to be put into every service's migrator.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Tables), Box::new(Parked)]
}

/// `event_log` is the service's own log. `written` orders rows as they were written: the next event of a subject is written only after
/// the one before it was committed, so the order of `written` is the order of every subject. `position` is given by the relay, later.
///
/// `bus_cursor` says how far somebody is in a partition: the row named `relay` in the own log (`position` is the head, `published` what
/// Redis has), a row named like a service in that service's log. Its holder has the lease and the epoch.
///
/// `bus_replica` is who is alive and wants a share of the partitions.
struct Tables;

impl MigrationName for Tables {
    fn name(&self) -> &'static str {
        "m0001_bus_tables"
    }
}

const POSTGRES: &str = "
CREATE TABLE event_log (
    region UUID NOT NULL,
    subject UUID NOT NULL,
    sequence BIGINT NOT NULL,
    written BIGINT GENERATED ALWAYS AS IDENTITY,
    partition INTEGER NOT NULL,
    position BIGINT,
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    time BIGINT NOT NULL,
    traceparent TEXT,
    payload BYTEA NOT NULL,
    CONSTRAINT event_log_subject PRIMARY KEY (region, subject, sequence)
);
CREATE TABLE bus_cursor (
    name TEXT NOT NULL,
    partition INTEGER NOT NULL,
    position BIGINT NOT NULL DEFAULT 0,
    published BIGINT NOT NULL DEFAULT 0,
    owner UUID,
    epoch BIGINT NOT NULL DEFAULT 0,
    lease_until BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (name, partition)
) WITH (fillfactor = 50);
CREATE TABLE bus_replica (name TEXT NOT NULL, owner UUID NOT NULL, alive_until BIGINT NOT NULL, PRIMARY KEY (name, owner));
";

const SQLITE: &str = "
CREATE TABLE event_log (
    written INTEGER PRIMARY KEY,
    region BLOB NOT NULL,
    subject BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    partition INTEGER NOT NULL,
    position INTEGER,
    id BLOB NOT NULL,
    kind TEXT NOT NULL,
    time INTEGER NOT NULL,
    traceparent TEXT,
    payload BLOB NOT NULL,
    CONSTRAINT event_log_subject UNIQUE (region, subject, sequence)
);
CREATE TABLE bus_cursor (
    name TEXT NOT NULL,
    partition INTEGER NOT NULL,
    position INTEGER NOT NULL DEFAULT 0,
    published INTEGER NOT NULL DEFAULT 0,
    owner BLOB,
    epoch INTEGER NOT NULL DEFAULT 0,
    lease_until INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (name, partition)
);
CREATE TABLE bus_replica (name TEXT NOT NULL, owner BLOB NOT NULL, alive_until INTEGER NOT NULL, PRIMARY KEY (name, owner));
";

const PARKED_POSTGRES: &str = "
CREATE TABLE parked (
    source TEXT NOT NULL,
    partition INTEGER NOT NULL,
    position BIGINT NOT NULL,
    region UUID NOT NULL,
    subject UUID NOT NULL,
    sequence BIGINT NOT NULL,
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    time BIGINT NOT NULL,
    traceparent TEXT,
    payload BYTEA NOT NULL,
    parked_at BIGINT NOT NULL,
    attempts INTEGER NOT NULL,
    error TEXT,
    PRIMARY KEY (source, partition, position)
);
CREATE INDEX parked_subject ON parked (source, subject, position);
";

const PARKED_SQLITE: &str = "
CREATE TABLE parked (
    source TEXT NOT NULL,
    partition INTEGER NOT NULL,
    position INTEGER NOT NULL,
    region BLOB NOT NULL,
    subject BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    id BLOB NOT NULL,
    kind TEXT NOT NULL,
    time INTEGER NOT NULL,
    traceparent TEXT,
    payload BLOB NOT NULL,
    parked_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    error TEXT,
    PRIMARY KEY (source, partition, position)
);
CREATE INDEX parked_subject ON parked (source, subject, position);
";

const INDEXES: &str = "
CREATE UNIQUE INDEX event_log_position ON event_log (partition, position) WHERE position IS NOT NULL;
CREATE INDEX event_log_waiting ON event_log (written, partition) WHERE position IS NULL;
";

#[async_trait]
impl MigrationTrait for Tables {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let tables = if manager.get_database_backend() == DbBackend::Postgres { POSTGRES } else { SQLITE };
        for sql in [tables, INDEXES] {
            db.execute_unprepared(sql).await?;
        }
        let rows: Vec<String> = (0..PARTITIONS).map(|partition| format!("('relay', {partition})")).collect();
        db.execute_unprepared(&format!("INSERT INTO bus_cursor (name, partition) VALUES {}", rows.join(", "))).await?;
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// `parked` holds the events of other services that failed here, and those of their subjects that came after (D3). The first of a subject
/// has the error.
struct Parked;

impl MigrationName for Parked {
    fn name(&self) -> &'static str {
        "m0002_bus_parked"
    }
}

#[async_trait]
impl MigrationTrait for Parked {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let sql = if manager.get_database_backend() == DbBackend::Postgres { PARKED_POSTGRES } else { PARKED_SQLITE };
        db.execute_unprepared(sql).await?;
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
