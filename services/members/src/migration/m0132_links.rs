//! Workers who may be one person, and users who are another name of one (D13).

use sea_orm_migration::{async_trait::async_trait, prelude::*};

#[derive(Debug)]
pub(super) struct Links;

impl MigrationName for Links {
    fn name(&self) -> &'static str {
        "m0132_links"
    }
}

#[async_trait]
impl MigrationTrait for Links {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let id = |name: &'static str| ColumnDef::new(name).uuid().not_null().take();
        let proposal = Table::create()
            .table("link_proposal")
            .col(id("region"))
            .col(id("id"))
            .col(id("first_worker"))
            .col(id("second_worker"))
            .col(ColumnDef::new("state").integer().not_null())
            .col(ColumnDef::new("confirmed_by").uuid().null())
            .col(ColumnDef::new("tries").integer().not_null())
            .col(ColumnDef::new("proposed_at").big_integer().not_null())
            .primary_key(Index::create().col("region").col("id"))
            .take();
        manager.create_table(proposal).await?;
        let index = |name: &'static str, table: &'static str, columns: &[&'static str]| {
            let mut index = Index::create().name(name).table(table).col("region").take();
            for column in columns {
                index.col(*column);
            }
            index
        };
        let pair = index("link_proposal_pair", "link_proposal", &["first_worker", "second_worker"]).unique().take();
        manager.create_index(pair).await?;
        manager.create_index(index("link_proposal_second", "link_proposal", &["second_worker"])).await?;
        manager.create_index(index("worker_by_birth_date", "worker", &["birth_date", "id"])).await?;
        // Who signs in with it is that other user.
        let merged_into = ColumnDef::new("merged_into").uuid().null().take();
        manager.alter_table(Table::alter().table("users").add_column(merged_into).take()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
