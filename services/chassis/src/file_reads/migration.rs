//! The tables of the record of who saw whose file.

use sea_orm_migration::{async_trait::async_trait, prelude::*};

/// Makes the tables; every service that notes reads has it among its migrations.
#[derive(Debug)]
pub struct FileReadTables;

impl MigrationName for FileReadTables {
    fn name(&self) -> &'static str {
        "m0002_chassis_file_read"
    }
}

#[async_trait]
impl MigrationTrait for FileReadTables {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let id = |name: &'static str| ColumnDef::new(name).uuid().not_null().take();
        let text = |name: &'static str| ColumnDef::new(name).text().not_null().take();
        let at = || ColumnDef::new("at").big_integer().not_null().take();
        let read = Table::create()
            .table("file_read")
            .col(id("region"))
            .col(id("id"))
            .col(at())
            .col(text("caller"))
            .col(text("method"))
            .col(text("subjects"))
            .col(text("organisations"))
            .primary_key(Index::create().col("region").col("id"))
            .take();
        manager.create_table(read).await?;
        let about = Table::create()
            .table("file_read_about")
            .col(id("region"))
            .col(text("about"))
            .col(at())
            .col(id("id"))
            .primary_key(Index::create().col("region").col("about").col("at").col("id"))
            .take();
        manager.create_table(about).await?;
        let by_time = Index::create().name("file_read_by_time").table("file_read").col("region").col("at").col("id").take();
        manager.create_index(by_time).await?;
        // To forget what is old, in whatever region.
        manager.create_index(Index::create().name("file_read_at").table("file_read").col("at").take()).await?;
        manager.create_index(Index::create().name("file_read_about_at").table("file_read_about").col("at").take()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
