//! How often the personnel number of somebody was guessed, by whomever.

use sea_orm_migration::{async_trait::async_trait, prelude::*};

#[derive(Debug)]
pub(super) struct LinkGuesses;

impl MigrationName for LinkGuesses {
    fn name(&self) -> &'static str {
        "m0135_link_guesses"
    }
}

#[async_trait]
impl MigrationTrait for LinkGuesses {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let id = |name: &'static str| ColumnDef::new(name).uuid().not_null().take();
        let guesses = Table::create()
            .table("link_guess")
            .col(id("region"))
            .col(id("worker"))
            .col(ColumnDef::new("guesses").integer().not_null())
            .primary_key(Index::create().col("region").col("worker"))
            .foreign_key(ForeignKey::create().from("link_guess", ("region", "worker")).to("worker", ("region", "id")))
            .take();
        manager.create_table(guesses).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
