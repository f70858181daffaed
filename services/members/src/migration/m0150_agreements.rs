//! Agreements have programmes, scope, tariffs, VAT, versions and the approval of both sides; what people cost and what works councils
//! decided is known. An agreement of before was in force without more, so it counts as signed on paper on its first day.

use sea_orm_migration::{async_trait::async_trait, prelude::*, sea_orm::DbBackend};

#[derive(Debug)]
pub(super) struct Agreements;

impl MigrationName for Agreements {
    fn name(&self) -> &'static str {
        "m0150_agreements"
    }
}

#[async_trait]
impl MigrationTrait for Agreements {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column at a time.
        for column in columns() {
            manager.alter_table(Table::alter().table("agreement").add_column(column).take()).await?;
        }
        let versions = Index::create().name("agreement_first").table("agreement").col("region").col("first").col("from_on").take();
        manager.create_index(versions).await?;
        manager.create_table(of_organisation(manager, "wage_cost", "function_level", "from_on", &["cents_per_hour"])).await?;
        let mut decisions = of_organisation(manager, "works_council_decision", "programme", "decided_on", &["decision"]);
        manager.create_table(decisions.col(ColumnDef::new("note").text().not_null()).take()).await?;
        let db = manager.get_connection();
        db.execute_unprepared(
            "UPDATE agreement SET first = id, on_paper = TRUE, association_by = '', association_on = from_on, \
             organisation_by = '', organisation_on = from_on",
        )
        .await?;
        db.execute_unprepared(
            "INSERT INTO works_council_decision \
             (region, organisation, programme, decided_on, decision, note, recorded_by, created_at) \
             SELECT region, organisation, 1, works_council_decided_on, 1, '', '', MIN(created_at) FROM agreement \
             GROUP BY region, organisation, works_council_decided_on",
        )
        .await?;
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn columns() -> Vec<ColumnDef> {
    let text = |name: &'static str| ColumnDef::new(name).text().null().take();
    let id = |name: &'static str| ColumnDef::new(name).uuid().null().take();
    let number = |name: &'static str, default: i32| ColumnDef::new(name).integer().not_null().default(default).take();
    vec![
        // Whether the day of the works council was told with the agreement, or stands there because an older schema wants one.
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
        text("withdrawn_by"),
        text("withdrawn_on"),
        ColumnDef::new("version").big_integer().not_null().default(1).take(),
    ]
}

/// What an organisation has once for a kind of thing and a day, with some numbers, and who recorded it.
fn of_organisation(
    manager: &SchemaManager<'_>,
    name: &'static str,
    kind: &'static str,
    day: &'static str,
    numbers: &[&'static str],
) -> TableCreateStatement {
    // Lists are ordered by the day, as in the first schema.
    let mut sorted = ColumnDef::new(day).text().not_null().take();
    if manager.get_database_backend() == DbBackend::Postgres {
        sorted.extra("COLLATE \"C\"");
    }
    let mut table = Table::create()
        .table(name)
        .col(ColumnDef::new("region").uuid().not_null())
        .col(ColumnDef::new("organisation").uuid().not_null())
        .col(ColumnDef::new(kind).integer().not_null())
        .col(&mut sorted)
        .col(ColumnDef::new("recorded_by").text().not_null())
        .col(ColumnDef::new("created_at").big_integer().not_null())
        .primary_key(Index::create().col("region").col("organisation").col(kind).col(day))
        .foreign_key(ForeignKey::create().from(name, ("region", "organisation")).to("organisation", ("region", "id")))
        .take();
    for number in numbers {
        table.col(ColumnDef::new(*number).integer().not_null());
    }
    table
}
