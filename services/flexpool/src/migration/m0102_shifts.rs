//! Flexpool's own: shifts, the claims on them, and the conflicts that later facts made.

use sea_orm_migration::{async_trait::async_trait, prelude::*};

use super::{
    Kind::{Id, Instant, Long, Number, Text},
    index, table,
};

#[derive(Debug)]
pub(super) struct Shifts;

impl MigrationName for Shifts {
    fn name(&self) -> &'static str {
        "m0102_flexpool_shifts"
    }
}

#[async_trait]
impl MigrationTrait for Shifts {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(shift()).await?;
        manager.create_table(claim()).await?;
        // A breach that a later fact made between two claims (D10); claim is the older id of the two.
        let conflict = [("claim", Id), ("other_claim", Id), ("rule", Text), ("found_at", Instant)];
        manager.create_table(table("conflict", &["claim", "other_claim", "rule"], &conflict)).await?;
        let indexes = [
            // The planner's list; the workers' lists, one pool at a time; the planner's own numbers; nulls are all different.
            index("shift_organisation", "shift", &["organisation", "starts_at", "id"]),
            index("shift_pool", "shift", &["pool", "state", "starts_at", "id"]),
            index("shift_external_reference", "shift", &["organisation", "external_reference"]).unique().to_owned(),
            // The worker's list and busy time; a shift's claims.
            index("claim_worker", "claim", &["worker", "starts_at", "id"]),
            index("claim_shift", "claim", &["shift", "confirmed_at", "id"]),
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

fn shift() -> TableCreateStatement {
    table(
        "shift",
        &["id"],
        &[
            ("id", Id),
            ("organisation", Id),
            ("ward", Id),
            ("pool", Id),
            ("starts_at", Instant),
            ("ends_at", Instant),
            ("break_minutes", Number),
            ("function_level", Number),
            // Codes with a blank between them; a code has none.
            ("competences", Text),
            ("places", Number),
            ("taken", Number),
            ("state", Number),
            ("terms_version", Long),
            ("?external_reference", Text),
        ],
    )
}

fn claim() -> TableCreateStatement {
    table(
        "claim",
        &["id"],
        &[
            ("id", Id),
            ("shift", Id),
            ("worker", Id),
            ("employment", Id),
            ("employer", Id),
            ("basis", Number),
            ("state", Number),
            ("confirmed_at", Instant),
            // As the shift's, so that busy time is one look into one index.
            ("starts_at", Instant),
            ("ends_at", Instant),
            // What was decided on (D9): JSON; the version of the rules; the worker's version.
            ("verdict", Text),
            ("rule_set", Number),
            ("worker_version", Long),
        ],
    )
}
