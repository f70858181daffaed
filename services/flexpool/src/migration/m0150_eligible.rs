//! Who could have a shift is asked of the people of the pool's members.

use sea_orm_migration::{async_trait::async_trait, prelude::*};

use super::index;

#[derive(Debug)]
pub(super) struct Eligible;

impl MigrationName for Eligible {
    fn name(&self) -> &'static str {
        "m0150_flexpool_eligible"
    }
}

#[async_trait]
impl MigrationTrait for Eligible {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_index(index("employment_organisation", "employment", &["organisation", "worker"])).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
