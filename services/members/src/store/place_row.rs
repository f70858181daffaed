//! The tables about places as sea-orm sees them; as [`super::row`].
#![allow(unreachable_pub, reason = "what sea-orm derives is pub")]

/// Locations of organisations.
pub mod location {
    use chassis::{
        ids::{LocationId, OrganisationId, RegionId},
        time::Timestamp,
    };
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "location")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub region: RegionId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: LocationId,
        pub organisation: OrganisationId,
        pub name: String,
        pub name_key: String,
        pub postcode: String,
        pub version: i64,
        pub created_at: Timestamp,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
