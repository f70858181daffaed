//! The reads of files (D17) by whom they are about: each person whose file was read, and each organisation of the reader.

use sea_orm_migration::{async_trait::async_trait, prelude::*, sea_orm::DbBackend};

#[derive(Debug)]
pub(super) struct AccessLog;

impl MigrationName for AccessLog {
    fn name(&self) -> &'static str {
        "m0111_access_log"
    }
}

#[async_trait]
impl MigrationTrait for AccessLog {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let organisations = ColumnDef::new("organisations").text().not_null().default("[]").take();
        manager.alter_table(Table::alter().table("file_read").add_column(organisations).take()).await?;
        let about = Table::create()
            .table("file_read_about")
            .col(ColumnDef::new("region").uuid().not_null())
            .col(ColumnDef::new("about").text().not_null())
            .col(ColumnDef::new("at").big_integer().not_null())
            .col(ColumnDef::new("id").uuid().not_null())
            .primary_key(Index::create().col("region").col("about").col("at").col("id"))
            .take();
        manager.create_table(about).await?;
        let each = match manager.get_database_backend() {
            DbBackend::Postgres => "json_array_elements_text(r.subjects::json) AS s(value)",
            _ => "json_each(r.subjects) AS s",
        };
        // Organisations of readers were not recorded before.
        let known = format!(
            "INSERT INTO file_read_about (region, about, at, id) SELECT r.region, s.value, r.at, r.id FROM file_read AS r, {each} WHERE true ON CONFLICT DO NOTHING"
        );
        manager.get_connection().execute_unprepared(&known).await?;
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
