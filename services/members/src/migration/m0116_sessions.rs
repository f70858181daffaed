//! When a session was last renewed, for its owner who wonders which one it is.

use sea_orm_migration::{async_trait::async_trait, prelude::*};

#[derive(Debug)]
pub(super) struct Sessions;

impl MigrationName for Sessions {
    fn name(&self) -> &'static str {
        "m0116_sessions"
    }
}

#[async_trait]
impl MigrationTrait for Sessions {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let renewed = ColumnDef::new("renewed_at").big_integer().null().take();
        manager.alter_table(Table::alter().table("session").add_column(renewed).take()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
