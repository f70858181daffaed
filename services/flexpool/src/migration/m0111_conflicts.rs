//! Conflicts as people see them: what a later fact broke, until when it has to be solved, and whether it is (D10).

use sea_orm_migration::{async_trait::async_trait, prelude::*};

use super::{
    Kind::{Id, Instant, Number, Text},
    index, table,
};

#[derive(Debug)]
pub(super) struct Conflicts;

impl MigrationName for Conflicts {
    fn name(&self) -> &'static str {
        "m0111_flexpool_conflicts"
    }
}

#[async_trait]
impl MigrationTrait for Conflicts {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            ("id", Id),
            ("claim", Id),
            // What is broken: the id of a rule of working time, or the name of a reason.
            ("rule", Text),
            // As the claim's and its shift's, so that a list is one look into one index.
            ("worker", Id),
            ("employer", Id),
            ("host", Id),
            ("ends_at", Instant),
            // Why a claim would be refused now: the reason's name, and its facts as JSON.
            ("reason", Text),
            ("facts", Text),
            ("found_at", Instant),
            ("deadline", Instant),
            ("yields", Number),
            ("?resolved_at", Instant),
        ];
        manager.create_table(table("claim_conflict", &["id"], &columns)).await?;
        let indexes = [
            index("claim_conflict_claim", "claim_conflict", &["claim", "rule"]),
            index("claim_conflict_worker", "claim_conflict", &["worker", "id"]),
            index("claim_conflict_employer", "claim_conflict", &["employer", "id"]),
            index("claim_conflict_host", "claim_conflict", &["host", "id"]),
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
