//! Pools have a kind, terms and a version. A pool of before is the region's, open at once for everybody, as it was.

use sea_orm_migration::{async_trait::async_trait, prelude::*};

#[derive(Debug)]
pub(super) struct Pools;

impl MigrationName for Pools {
    fn name(&self) -> &'static str {
        "m0120_pools"
    }
}

#[async_trait]
impl MigrationTrait for Pools {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let number = |name: &'static str, default: i32| ColumnDef::new(name).integer().not_null().default(default).take();
        let optional = |name: &'static str| ColumnDef::new(name).integer().null().take();
        let columns = [
            number("kind", 1),
            ColumnDef::new("version").big_integer().not_null().default(1).take(),
            number("mode", 1),
            number("cancellation_minutes", 0),
            number("withdrawal_minutes", 0),
            number("offer_minutes", 60),
            optional("quiet_from"),
            optional("quiet_until"),
            ColumnDef::new("own_gaps_first").boolean().not_null().default(false).take(),
            number("release_own_team", 0),
            number("release_own_organisation", 0),
            number("release_pool", 0),
            optional("release_self_employed"),
            number("release_everybody_within", 0),
        ];
        // SQLite adds one column at a time.
        for column in columns {
            manager.alter_table(Table::alter().table("pool").add_column(column).take()).await?;
        }
        // Absent means never, so who could claim before is not shut out.
        manager.get_connection().execute_unprepared("UPDATE pool SET release_self_employed = 0").await?;
        manager.alter_table(Table::alter().table("pool_member").add_column(optional("minutes_elsewhere")).take()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
