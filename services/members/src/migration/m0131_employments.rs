//! Employments change and end; who is self-employed has an assessment (ZZP-05).

use sea_orm_migration::{async_trait::async_trait, prelude::*};

#[derive(Debug)]
pub(super) struct Employments;

impl MigrationName for Employments {
    fn name(&self) -> &'static str {
        "m0131_employments"
    }
}

#[async_trait]
impl MigrationTrait for Employments {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let text = |name: &'static str| ColumnDef::new(name).text().null().take();
        let number = |name: &'static str| ColumnDef::new(name).integer().null().take();
        let columns = [
            ColumnDef::new("revision").big_integer().not_null().default(0).take(),
            text("cost_centre"),
            number("assessment_result"),
            text("assessed_on"),
            text("assessed_by"),
            number("exit_reason"),
            number("exit_destination"),
        ];
        for column in columns {
            // SQLite adds one column at a time.
            manager.alter_table(Table::alter().table("employment").add_column(column).take()).await?;
        }
        let left = Index::create()
            .name("employment_by_end")
            .table("employment")
            .col("region")
            .col("organisation")
            .col("until_on")
            .col("id")
            .take();
        manager.create_index(left).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
