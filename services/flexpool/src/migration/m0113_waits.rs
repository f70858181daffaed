//! Places are given back, and people wait for them: claims end, shifts hold places, waits, and what is to be done at a time (D11, D26).

use sea_orm_migration::{async_trait::async_trait, prelude::*};

use super::{
    Kind::{Id, Instant, Long, Number, Text},
    add_column, index, table,
};

#[derive(Debug)]
pub(super) struct Waits;

impl MigrationName for Waits {
    fn name(&self) -> &'static str {
        "m0113_flexpool_waits"
    }
}

#[async_trait]
impl MigrationTrait for Waits {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            add_column("claim", "ended_at", Instant, None),
            // Places that are kept for people who wait, those that are offered among them; raised by every change of the list.
            add_column("shift", "held", Number, Some(0)),
            add_column("shift", "queue_version", Long, Some(0)),
        ];
        for column in columns {
            manager.alter_table(column).await?;
        }
        let wait = [
            ("id", Id),
            ("shift", Id),
            ("worker", Id),
            ("?employment", Id),
            ("state", Number),
            ("joined_at", Instant),
            // 1 is true.
            ("at_once", Number),
            // As the shift's, so that a confirmation finds the waits that it overlaps in one look.
            ("starts_at", Instant),
            ("ends_at", Instant),
            // Only while a place is offered.
            ("?offer_until", Instant),
            ("?closed_at", Instant),
            // Why it was skipped: the reason's number and its facts as JSON.
            ("?reason", Number),
            ("?facts", Text),
        ];
        manager.create_table(table("wait", &["id"], &wait)).await?;
        // What is to be done at a time: its kind, and the shift or wait that it is about.
        let timer = [("kind", Number), ("key", Id), ("due", Instant), ("tries", Number)];
        manager.create_table(table("timer", &["kind", "key"], &timer)).await?;
        let due = Index::create().name("timer_due").table(Alias::new("timer")).col(Alias::new("due")).to_owned();
        let indexes = [
            index("wait_shift", "wait", &["shift", "state", "joined_at", "id"]),
            index("wait_worker", "wait", &["worker", "starts_at", "id"]),
            due,
        ];
        for index in indexes {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
