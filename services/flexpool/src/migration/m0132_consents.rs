//! What workers agreed to, as members tells it.

use sea_orm_migration::{async_trait::async_trait, prelude::*};

use super::{
    Kind::{Id, Instant, Number},
    index, table,
};

#[derive(Debug)]
pub(super) struct Consents;

impl MigrationName for Consents {
    fn name(&self) -> &'static str {
        "m0132_flexpool_consents"
    }
}

#[async_trait]
impl MigrationTrait for Consents {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // kind: the number of members' proto. revoked_at: absent while it holds.
        let consent = [("id", Id), ("worker", Id), ("kind", Number), ("given_at", Instant), ("?revoked_at", Instant)];
        manager.create_table(table("consent", &["id"], &consent)).await?;
        manager.create_index(index("consent_worker", "consent", &["worker"])).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
