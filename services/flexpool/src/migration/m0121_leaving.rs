//! Organisations have a last day, once it is known.

use sea_orm_migration::{async_trait::async_trait, prelude::*};

#[derive(Debug)]
pub(super) struct Leaving;

impl MigrationName for Leaving {
    fn name(&self) -> &'static str {
        "m0121_flexpool_leaving"
    }
}

#[async_trait]
impl MigrationTrait for Leaving {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = ColumnDef::new(Alias::new("leaves_on")).text().null().take();
        manager.alter_table(Table::alter().table(Alias::new("organisation")).add_column(column).take()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
