//! When somebody cannot work and what the roster must keep to; no column says why or who said so (D7). Of two workers who turned out to be
//! one person, which one stays (D13).

use sea_orm_migration::{async_trait::async_trait, prelude::*};

#[derive(Debug)]
pub(super) struct Unavailability;

impl MigrationName for Unavailability {
    fn name(&self) -> &'static str {
        "m0130_unavailability"
    }
}

fn id(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().not_null().take()
}

fn of_worker(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, ("region", "worker")).to("worker", ("region", "id")).take()
}

#[async_trait]
impl MigrationTrait for Unavailability {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column at a time.
        let merged_into = ColumnDef::new("merged_into").uuid().null().take();
        manager.alter_table(Table::alter().table("worker").add_column(merged_into).take()).await?;
        // How often constraints were set.
        let revision = ColumnDef::new("constraints_revision").big_integer().not_null().default(0).take();
        manager.alter_table(Table::alter().table("worker").add_column(revision).take()).await?;
        manager.create_index(Index::create().name("worker_merged_into").table("worker").col("region").col("merged_into").take()).await?;

        let unavailability = Table::create()
            .table("unavailability")
            .col(id("region"))
            .col(id("id"))
            .col(id("worker"))
            .col(ColumnDef::new("from_at").big_integer().not_null())
            .col(ColumnDef::new("until_at").big_integer().null())
            .col(ColumnDef::new("revision").big_integer().not_null())
            .primary_key(Index::create().col("region").col("id"))
            .foreign_key(&mut of_worker("unavailability"))
            .take();
        manager.create_table(unavailability).await?;
        let of = Index::create()
            .name("unavailability_of_worker")
            .table("unavailability")
            .col("region")
            .col("worker")
            .col("from_at")
            .col("id")
            .take();
        manager.create_index(of).await?;

        let constraint = Table::create()
            .table("schedule_constraint")
            .col(id("region"))
            .col(id("id"))
            .col(id("worker"))
            .col(ColumnDef::new("kind").integer().not_null())
            .col(ColumnDef::new("minutes").integer().null())
            .col(ColumnDef::new("from_on").text().not_null())
            .col(ColumnDef::new("until_on").text().null())
            .primary_key(Index::create().col("region").col("id"))
            .foreign_key(&mut of_worker("schedule_constraint"))
            .take();
        manager.create_table(constraint).await?;
        let of =
            Index::create().name("schedule_constraint_of_worker").table("schedule_constraint").col("region").col("worker").col("id").take();
        manager.create_index(of).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
