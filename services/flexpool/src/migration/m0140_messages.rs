//! What people are to be told, until members has it (D34).

use sea_orm_migration::{async_trait::async_trait, prelude::*};

use super::{
    Kind::{Id, Instant, Number, Text},
    table,
};

#[derive(Debug)]
pub(super) struct Messages;

impl MigrationName for Messages {
    fn name(&self) -> &'static str {
        "m0140_flexpool_messages"
    }
}

#[async_trait]
impl MigrationTrait for Messages {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let outgoing = [
            // Names the message for members too, which tells it once.
            ("id", Id),
            // Who is told: a worker, or the planners of an organisation.
            ("?worker", Id),
            ("?organisation", Id),
            ("reason", Number),
            // JSON.
            ("facts", Text),
            // From then on it is too late to tell.
            ("useful_until", Instant),
            ("due", Instant),
            ("tries", Number),
        ];
        manager.create_table(table("outgoing", &["id"], &outgoing)).await?;
        // Of every region: one sender looks after all.
        let due = Index::create().name("outgoing_due").table(Alias::new("outgoing")).col(Alias::new("due")).to_owned();
        manager.create_index(due).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
