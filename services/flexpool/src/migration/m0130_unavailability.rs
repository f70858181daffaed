//! When workers cannot work and what their rosters must keep to, as members tells it: never why (D7).

use sea_orm_migration::{async_trait::async_trait, prelude::*};

use super::{
    Kind::{Day, Id, Instant, Long, Number},
    index, table,
};

#[derive(Debug)]
pub(super) struct Unavailability;

impl MigrationName for Unavailability {
    fn name(&self) -> &'static str {
        "m0130_flexpool_unavailability"
    }
}

#[async_trait]
impl MigrationTrait for Unavailability {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // until_at: no longer part of it; absent while it is not known. revision: of two that members told, the higher one counts.
        // withdrawn: 1 for a period that was taken back and counts for nothing.
        let unavailability =
            [("id", Id), ("worker", Id), ("from_at", Instant), ("?until_at", Instant), ("revision", Long), ("withdrawn", Number)];
        manager.create_table(table("unavailability", &["id"], &unavailability)).await?;
        manager.create_index(index("unavailability_worker", "unavailability", &["worker", "from_at"])).await?;
        // kind: the number of members' proto. minutes: where the kind says how much.
        let constraint = [("id", Id), ("worker", Id), ("kind", Number), ("?minutes", Number), ("from_day", Day), ("?until_day", Day)];
        manager.create_table(table("schedule_constraint", &["id"], &constraint)).await?;
        manager.create_index(index("schedule_constraint_worker", "schedule_constraint", &["worker"])).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
