//! The tables about pools, as sea-orm sees them; as [`super::row`].
#![allow(unreachable_pub, reason = "what sea-orm derives is pub")]

/// Pools with their terms; `version` goes up with every change, also of the members.
pub mod pool {
    use chassis::{
        ids::{PoolId, RegionId},
        time::Timestamp,
    };
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "pool")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub region: RegionId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: PoolId,
        pub name: String,
        pub name_key: String,
        pub created_at: Timestamp,
        pub kind: i32,
        pub version: i64,
        pub mode: i32,
        pub cancellation_minutes: i32,
        pub withdrawal_minutes: i32,
        pub offer_minutes: i32,
        pub quiet_from: Option<i32>,
        pub quiet_until: Option<i32>,
        pub own_gaps_first: bool,
        pub release_own_team: i32,
        pub release_own_organisation: i32,
        pub release_pool: i32,
        pub release_self_employed: Option<i32>,
        pub release_everybody_within: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The organisations of a pool, in the order in which they joined.
pub mod pool_member {
    use chassis::ids::{OrganisationId, PoolId, RegionId};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "pool_member")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub region: RegionId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub pool: PoolId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub organisation: OrganisationId,
        pub position: i32,
        pub minutes_elsewhere: Option<i32>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
