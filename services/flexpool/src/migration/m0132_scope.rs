//! Agreements say what an organisation shares; those of before share both.

use sea_orm_migration::{async_trait::async_trait, prelude::*};

#[derive(Debug)]
pub(super) struct Scope;

impl MigrationName for Scope {
    fn name(&self) -> &'static str {
        "m0132_flexpool_agreement_scope"
    }
}

#[async_trait]
impl MigrationTrait for Scope {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = ColumnDef::new(Alias::new("scope")).integer().not_null().default(1).take();
        manager.alter_table(Table::alter().table(Alias::new("agreement")).add_column(column).take()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
