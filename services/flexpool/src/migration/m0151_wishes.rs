//! What workers want, and where they live and work, by postcode.

use sea_orm_migration::{async_trait::async_trait, prelude::*};

use super::{
    Kind::{Id, Number, Text},
    add_column, table,
};

#[derive(Debug)]
pub(super) struct Wishes;

impl MigrationName for Wishes {
    fn name(&self) -> &'static str {
        "m0151_flexpool_wishes"
    }
}

#[async_trait]
impl MigrationTrait for Wishes {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // day_parts: bit n stands for part number n. levels, organisations: numbers and ids with spaces between; empty: all.
        let wants = [("worker", Id), ("?max_km", Number), ("day_parts", Number), ("levels", Text), ("organisations", Text)];
        manager.create_table(table("preference", &["worker"], &wants)).await?;
        manager.create_table(table("location", &["id"], &[("id", Id), ("postcode", Text)])).await?;
        manager.alter_table(add_column("ward", "location", Id, None)).await?;
        // Where a ward is that has no location.
        manager.alter_table(add_column("ward", "postcode", Text, None)).await?;
        // Four digits. What members told before is copied by `regiopool replay`.
        manager.alter_table(add_column("worker", "pc4", Text, None)).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
