//! The tables of what hangs on a person, beside employments and competences, as sea-orm sees them. Types are those of [`super::row`].
#![allow(unreachable_pub, reason = "what sea-orm derives is pub")]

/// Times in which somebody cannot work.
pub mod unavailability {
    use chassis::{
        ids::{RegionId, UnavailabilityId, WorkerId},
        time::Timestamp,
    };
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "unavailability")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub region: RegionId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: UnavailabilityId,
        pub worker: WorkerId,
        pub from_at: Timestamp,
        pub until_at: Option<Timestamp>,
        pub revision: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What rosters must keep to.
pub mod schedule_constraint {
    use chassis::{
        ids::{RegionId, ScheduleConstraintId, WorkerId},
        time::LocalDate,
    };
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "schedule_constraint")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub region: RegionId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: ScheduleConstraintId,
        pub worker: WorkerId,
        pub kind: i32,
        pub minutes: Option<i32>,
        pub from_on: LocalDate,
        pub until_on: Option<LocalDate>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Workers who may be one person; the first has the lower id.
pub mod link_proposal {
    use chassis::{
        ids::{LinkProposalId, RegionId, WorkerId},
        time::Timestamp,
    };
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "link_proposal")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub region: RegionId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: LinkProposalId,
        pub first_worker: WorkerId,
        pub second_worker: WorkerId,
        pub state: i32,
        pub confirmed_by: Option<WorkerId>,
        pub tries: i32,
        pub proposed_at: Timestamp,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What workers agreed to.
pub mod consent {
    use chassis::{
        ids::{ConsentId, RegionId, WorkerId},
        time::Timestamp,
    };
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "consent")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub region: RegionId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: ConsentId,
        pub worker: WorkerId,
        pub kind: i32,
        pub given_at: Timestamp,
        pub revoked_at: Option<Timestamp>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
