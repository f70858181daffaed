//! What workers agreed to.

use sea_orm_migration::{async_trait::async_trait, prelude::*};

#[derive(Debug)]
pub(super) struct Consents;

impl MigrationName for Consents {
    fn name(&self) -> &'static str {
        "m0134_consents"
    }
}

#[async_trait]
impl MigrationTrait for Consents {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let id = |name: &'static str| ColumnDef::new(name).uuid().not_null().take();
        let consent = Table::create()
            .table("consent")
            .col(id("region"))
            .col(id("id"))
            .col(id("worker"))
            .col(ColumnDef::new("kind").integer().not_null())
            .col(ColumnDef::new("given_at").big_integer().not_null())
            .col(ColumnDef::new("revoked_at").big_integer().null())
            .primary_key(Index::create().col("region").col("id"))
            .foreign_key(ForeignKey::create().from("consent", ("region", "worker")).to("worker", ("region", "id")))
            .take();
        manager.create_table(consent).await?;
        let of = Index::create().name("consent_of_worker").table("consent").col("region").col("worker").col("given_at").col("id").take();
        manager.create_index(of).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
