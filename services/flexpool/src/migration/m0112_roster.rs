//! Time at which people work outside claims: blocks of rosters and work elsewhere, and the same packed for the claim path (D27).

use sea_orm_migration::{async_trait::async_trait, prelude::*};

use super::{
    Kind::{Bytes, Day, Id, Instant, Long, Number, Text},
    index, table,
};

#[derive(Debug)]
pub(super) struct Roster;

impl MigrationName for Roster {
    fn name(&self) -> &'static str {
        "m0112_flexpool_roster"
    }
}

#[async_trait]
impl MigrationTrait for Roster {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let blocks = [
            ("id", Id),
            ("worker", Id),
            // Absent, with the employment and the reference: work elsewhere that the worker told of.
            ("?organisation", Id),
            ("?employment", Id),
            ("?external_reference", Text),
            ("starts_at", Instant),
            ("ends_at", Instant),
            ("break_minutes", Number),
            ("kind", Number),
        ];
        let tables = [
            table("work_block", &["id"], &blocks),
            // The blocks of a worker that start in so many weeks, as bytes: what a claim reads. Made of `work_block`.
            table("busy_month", &["worker", "month"], &[("worker", Id), ("month", Long), ("blocks", Bytes)]),
            // The days of which an organisation gave its whole roster.
            table("roster_feed", &["organisation"], &[("organisation", Id), ("from_day", Day), ("until_day", Day)]),
            // The day until which a worker said that all work elsewhere is known.
            table("work_known", &["worker"], &[("worker", Id), ("until_day", Day)]),
        ];
        for table in tables {
            manager.create_table(table).await?;
        }
        let indexes = [
            index("work_block_reference", "work_block", &["organisation", "external_reference"]).unique().to_owned(),
            index("work_block_organisation", "work_block", &["organisation", "starts_at"]),
            index("work_block_worker", "work_block", &["worker", "starts_at", "id"]),
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
