//! Reads of files are found by who looked, too, and old ones without a search (D17, AVG-06): as in every other service.

use sea_orm_migration::{async_trait::async_trait, prelude::*};

#[derive(Debug)]
pub(super) struct FileReads;

impl MigrationName for FileReads {
    fn name(&self) -> &'static str {
        "m0112_file_reads"
    }
}

#[async_trait]
impl MigrationTrait for FileReads {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let readers = "INSERT INTO file_read_about (region, about, at, id) SELECT region, caller, at, id FROM file_read WHERE true \
                       ON CONFLICT DO NOTHING";
        manager.get_connection().execute_unprepared(readers).await?;
        manager.create_index(Index::create().name("file_read_at").table("file_read").col("at").take()).await?;
        manager.create_index(Index::create().name("file_read_about_at").table("file_read_about").col("at").take()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
