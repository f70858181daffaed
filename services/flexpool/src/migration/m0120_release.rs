//! Pools have terms, shifts carry the release plan of their pool and may be closed by what happened to their organisation. What was there
//! before is open at once for everybody, as it was.

use sea_orm_migration::{async_trait::async_trait, prelude::*};

#[derive(Debug)]
pub(super) struct Release;

impl MigrationName for Release {
    fn name(&self) -> &'static str {
        "m0120_flexpool_release"
    }
}

fn number(name: &'static str, default: i32) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).integer().not_null().default(default).take()
}

fn optional(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).integer().null().take()
}

/// A plan: minutes after publishing, absent for never; the last one before the start.
fn plan() -> [ColumnDef; 5] {
    [
        number("release_own_team", 0),
        number("release_own_organisation", 0),
        number("release_pool", 0),
        optional("release_self_employed"),
        number("release_everybody_within", 0),
    ]
}

#[async_trait]
impl MigrationTrait for Release {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let terms = [
            number("kind", 1),
            number("mode", 1),
            number("cancellation_minutes", 0),
            number("withdrawal_minutes", 0),
            number("offer_minutes", 60),
            optional("quiet_from"),
            optional("quiet_until"),
            // 1 is true.
            number("own_gaps_first", 0),
        ];
        let published = ColumnDef::new(Alias::new("published_at")).big_integer().not_null().default(0).take();
        // closed_because: set with state 3 only.
        let of_shift = [published, optional("closed_because")];
        let of_pool = terms.into_iter().chain(plan()).map(|column| ("pool", column));
        let of_member = std::iter::once(("pool_member", optional("minutes_elsewhere")));
        let of_shift = of_shift.into_iter().chain(plan()).map(|column| ("shift", column));
        // SQLite adds one column at a time.
        for (table, column) in of_pool.chain(of_member).chain(of_shift) {
            manager.alter_table(Table::alter().table(Alias::new(table)).add_column(column).take()).await?;
        }
        let connection = manager.get_connection();
        connection.execute_unprepared("UPDATE pool SET release_self_employed = 0").await?;
        connection.execute_unprepared("UPDATE shift SET release_self_employed = 0").await?;
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
