//! The tables about places and what was decided at organisations, as sea-orm sees them; as [`super::row`].
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

/// Decisions of works councils, one per programme and day.
pub mod works_council_decision {
    use chassis::{
        ids::{OrganisationId, RegionId},
        time::{LocalDate, Timestamp},
    };
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "works_council_decision")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub region: RegionId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub organisation: OrganisationId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub programme: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub decided_on: LocalDate,
        pub decision: i32,
        pub note: String,
        pub recorded_by: String,
        pub created_at: Timestamp,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
