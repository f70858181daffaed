//! Agreements have programmes, scope, tariffs, VAT, versions and the approval of both sides; what people cost is known. An agreement of
//! before was in force without more, so it counts as signed on paper on its first day.

use sea_orm_migration::{async_trait::async_trait, prelude::*, sea_orm::DbBackend};

#[derive(Debug)]
pub(super) struct Agreements;

impl MigrationName for Agreements {
    fn name(&self) -> &'static str {
        "m0122_agreements"
    }
}

#[async_trait]
impl MigrationTrait for Agreements {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let text = |name: &'static str| ColumnDef::new(name).text().null().take();
        let id = |name: &'static str| ColumnDef::new(name).uuid().null().take();
        let number = |name: &'static str, default: i32| ColumnDef::new(name).integer().not_null().default(default).take();
        let columns = [
            ColumnDef::new("council_told").boolean().not_null().default(true).take(),
            id("first"),
            id("amends"),
            ColumnDef::new("programmes").text().not_null().default("1").take(),
            number("scope", 1),
            ColumnDef::new("tariffs").text().not_null().default("").take(),
            ColumnDef::new("vat_treatment").integer().null().take(),
            text("vat_reason"),
            text("vat_decided_by"),
            text("vat_valid_from"),
            text("lender_checked_on"),
            text("lender_checked_by"),
            number("notice_days", 0),
            ColumnDef::new("on_paper").boolean().not_null().default(false).take(),
            text("association_by"),
            text("association_on"),
            text("organisation_by"),
            text("organisation_on"),
            ColumnDef::new("version").big_integer().not_null().default(1).take(),
        ];
        // SQLite adds one column at a time.
        for column in columns {
            manager.alter_table(Table::alter().table("agreement").add_column(column).take()).await?;
        }
        let before = "UPDATE agreement SET first = id, on_paper = TRUE, association_by = '', association_on = from_on, \
                      organisation_by = '', organisation_on = from_on";
        manager.get_connection().execute_unprepared(before).await?;
        let versions = Index::create().name("agreement_first").table("agreement").col("region").col("first").col("from_on").take();
        manager.create_index(versions).await?;
        let mut from_on = ColumnDef::new("from_on").text().not_null().take();
        if manager.get_database_backend() == DbBackend::Postgres {
            from_on.extra("COLLATE \"C\"");
        }
        let cost = Table::create()
            .table("wage_cost")
            .col(ColumnDef::new("region").uuid().not_null())
            .col(ColumnDef::new("organisation").uuid().not_null())
            .col(ColumnDef::new("function_level").integer().not_null())
            .col(&mut from_on)
            .col(ColumnDef::new("cents_per_hour").integer().not_null())
            .col(ColumnDef::new("recorded_by").text().not_null())
            .col(ColumnDef::new("created_at").big_integer().not_null())
            .primary_key(Index::create().col("region").col("organisation").col("function_level").col("from_on"))
            .foreign_key(ForeignKey::create().from("wage_cost", ("region", "organisation")).to("organisation", ("region", "id")))
            .take();
        manager.create_table(cost).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
