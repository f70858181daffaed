//! Organisations have numbers, collective agreements and a last day; wards belong to locations. A ward of before gets the location that its
//! organisation has at the ward's postcode.

use chassis::ids::LocationId;
use sea_orm_migration::{
    async_trait::async_trait,
    prelude::*,
    sea_orm::{DbBackend, Statement, Value},
};
use uuid::Uuid;

use crate::domain::{place, text::name_key};

#[derive(Debug)]
pub(super) struct Organisations;

impl MigrationName for Organisations {
    fn name(&self) -> &'static str {
        "m0121_organisations"
    }
}

#[async_trait]
impl MigrationTrait for Organisations {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let text = |name: &'static str| ColumnDef::new(name).text().not_null().default("").take();
        let optional = |name: &'static str| ColumnDef::new(name).text().null().take();
        let id = |name: &'static str| ColumnDef::new(name).uuid().null().take();
        let version = || ColumnDef::new("version").big_integer().not_null().default(1).take();
        let of_organisation = [
            ColumnDef::new("kind").integer().not_null().default(1).take(),
            // Lists with commas between.
            text("establishment_numbers"),
            optional("rsin"),
            optional("vat_number"),
            text("agb_codes"),
            // `1:2025-01-01,3:2026-07-01`: number and first day.
            text("collective_agreements"),
            optional("leaves_on"),
            version(),
        ];
        let of_ward = [
            id("location"),
            id("lead_user"),
            id("lead_worker"),
            text("entrance"),
            text("parking"),
            text("contact"),
            text("tasks"),
            text("buddy"),
            version(),
        ];
        // SQLite adds one column at a time.
        let of_organisation = of_organisation.into_iter().map(|column| ("organisation", column));
        for (table, column) in of_organisation.chain(of_ward.into_iter().map(|column| ("ward", column))) {
            manager.alter_table(Table::alter().table(table).add_column(column).take()).await?;
        }
        locations(manager).await?;
        place_wards(manager).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// Text that lists are ordered by, as in the first schema.
fn sorted(manager: &SchemaManager<'_>, name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name).text().not_null().take();
    if manager.get_database_backend() == DbBackend::Postgres {
        column.extra("COLLATE \"C\"");
    }
    column
}

async fn locations(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("location")
        .col(ColumnDef::new("region").uuid().not_null())
        .col(ColumnDef::new("id").uuid().not_null())
        .col(ColumnDef::new("organisation").uuid().not_null())
        .col(ColumnDef::new("name").text().not_null())
        .col(sorted(manager, "name_key"))
        .col(ColumnDef::new("postcode").text().not_null())
        .col(ColumnDef::new("version").big_integer().not_null())
        .col(ColumnDef::new("created_at").big_integer().not_null())
        .primary_key(Index::create().col("region").col("id"))
        .foreign_key(ForeignKey::create().from("location", ("region", "organisation")).to("organisation", ("region", "id")))
        .take();
    manager.create_table(table).await?;
    let index = |name: &'static str| Index::create().name(name).table("location").col("region").take();
    manager.create_index(index("location_name").col("organisation").col("name_key").unique().take()).await?;
    manager.create_index(index("location_by_name").col("name_key").col("id").take()).await?;
    manager.create_index(index("location_at").col("organisation").col("postcode").take()).await?;
    let at = Index::create().name("ward_at").table("ward").col("region").col("location").take();
    manager.create_index(at).await
}

/// One location for all wards of an organisation with the same postcode, named by the town and the postcode.
async fn place_wards(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let db = manager.get_connection();
    let places = "SELECT region, organisation, postcode, MIN(created_at) AS created_at FROM ward GROUP BY region, organisation, postcode";
    for row in db.query_all_raw(Statement::from_string(db.get_database_backend(), places)).await? {
        let (region, organisation): (Uuid, Uuid) = (row.try_get("", "region")?, row.try_get("", "organisation")?);
        let (postcode, created_at): (String, i64) = (row.try_get("", "postcode")?, row.try_get("", "created_at")?);
        let (id, name) = (LocationId::new().0, place::name_at(&postcode));
        let sql = "INSERT INTO location (region, id, organisation, name, name_key, postcode, version, created_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, 1, $7)";
        let values: [Value; 5] = [region.into(), id.into(), organisation.into(), name.clone().into(), name_key(&name).into()];
        let values = values.into_iter().chain([postcode.clone().into(), created_at.into()]);
        db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
        let sql = "UPDATE ward SET location = $1 WHERE region = $2 AND organisation = $3 AND postcode = $4";
        let values: [Value; 4] = [id.into(), region.into(), organisation.into(), postcode.into()];
        db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    }
    Ok(())
}
