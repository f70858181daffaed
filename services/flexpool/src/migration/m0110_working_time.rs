//! What the rules of working time need: the breaks of claimed work, and which collective agreement holds at an employer.

use sea_orm_migration::{async_trait::async_trait, prelude::*};

use super::{Kind::Number, add_column};

#[derive(Debug)]
pub(super) struct WorkingTime;

impl MigrationName for WorkingTime {
    fn name(&self) -> &'static str {
        "m0110_flexpool_working_time"
    }
}

#[async_trait]
impl MigrationTrait for WorkingTime {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // As the shift's, so that busy time is one look into one index.
        manager.alter_table(add_column("claim", "break_minutes", Number, Some(0))).await?;
        let shifts = "UPDATE claim SET break_minutes = \
             (SELECT s.break_minutes FROM shift s WHERE s.region = claim.region AND s.id = claim.shift) \
             WHERE EXISTS (SELECT 1 FROM shift s WHERE s.region = claim.region AND s.id = claim.shift)";
        manager.get_connection().execute_unprepared(shifts).await?;
        // The number of the branch; absent where only older news came.
        manager.alter_table(add_column("organisation", "branch", Number, None)).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
