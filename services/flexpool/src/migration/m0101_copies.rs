//! What flexpool keeps of members' facts, fed by their events only.

use sea_orm_migration::{async_trait::async_trait, prelude::*};

use super::{
    Kind::{Day, Id, Long, Number, Text},
    index, table,
};

#[derive(Debug)]
pub(super) struct Copies;

impl MigrationName for Copies {
    fn name(&self) -> &'static str {
        "m0101_flexpool_copies"
    }
}

#[async_trait]
impl MigrationTrait for Copies {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            table("organisation", &["id"], &[("id", Id), ("name", Text)]),
            table("ward", &["id"], &[("id", Id), ("organisation", Id), ("name", Text)]),
            table("pool", &["id"], &[("id", Id), ("name", Text)]),
            table("pool_member", &["pool", "organisation"], &[("pool", Id), ("organisation", Id)]),
            // bases: bit n stands for basis number n.
            table("agreement", &["id"], &[("id", Id), ("organisation", Id), ("from_day", Day), ("?until_day", Day), ("bases", Long)]),
            // version: the lock counter (D8). merged_into: the worker that this one turned out to be (D13); then nothing hangs on this row.
            table(
                "worker",
                &["id"],
                &[("id", Id), ("version", Long), ("?registered_until", Day), ("?adult_on", Day), ("?merged_into", Id)],
            ),
            table(
                "employment",
                &["id"],
                &[
                    ("id", Id),
                    ("worker", Id),
                    ("organisation", Id),
                    ("function_level", Number),
                    ("kind", Number),
                    ("minutes_per_week", Number),
                    ("from_day", Day),
                    ("?until_day", Day),
                ],
            ),
            table("competence", &["id"], &[("id", Id), ("worker", Id), ("code", Text), ("?valid_from", Day), ("?valid_until", Day)]),
        ];
        for table in tables {
            manager.create_table(table).await?;
        }
        let indexes = [
            index("pool_member_organisation", "pool_member", &["organisation", "pool"]),
            index("agreement_organisation", "agreement", &["organisation"]),
            index("worker_merged_into", "worker", &["merged_into"]),
            index("employment_worker", "employment", &["worker"]),
            index("competence_worker", "competence", &["worker"]),
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
