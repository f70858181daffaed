//! Employments change and end, and who is self-employed has an assessment (ZZP-05).

use sea_orm_migration::{async_trait::async_trait, prelude::*};

#[derive(Debug)]
pub(super) struct Employments;

impl MigrationName for Employments {
    fn name(&self) -> &'static str {
        "m0131_flexpool_employments"
    }
}

#[async_trait]
impl MigrationTrait for Employments {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Of two that members told, the higher one counts.
        let revision = ColumnDef::new("revision").big_integer().not_null().default(0).take();
        manager.alter_table(Table::alter().table("employment").add_column(revision).take()).await?;
        // Last day on which an assessment lets somebody self-employed claim.
        let assessed = ColumnDef::new("assessed_until").text().null().take();
        manager.alter_table(Table::alter().table("employment").add_column(assessed).take()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
