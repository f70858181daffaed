//! The tables about agreements, as sea-orm sees them; as [`super::row`].
#![allow(unreachable_pub, reason = "what sea-orm derives is pub")]

/// Versions of agreements; `bases` and `programmes` hold numbers with commas between, `tariffs` level and cents as `4:3250`.
pub mod agreement {
    use chassis::{
        ids::{AgreementId, OrganisationId, RegionId},
        time::{LocalDate, Timestamp},
    };
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "agreement")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub region: RegionId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: AgreementId,
        pub organisation: OrganisationId,
        pub from_on: LocalDate,
        pub until_on: Option<LocalDate>,
        pub bases: String,
        pub works_council_decided_on: LocalDate,
        pub council_told: bool,
        pub created_at: Timestamp,
        pub first: Option<AgreementId>,
        pub amends: Option<AgreementId>,
        pub programmes: String,
        pub scope: i32,
        pub tariffs: String,
        pub vat_treatment: Option<i32>,
        pub vat_reason: Option<String>,
        pub vat_decided_by: Option<String>,
        pub vat_valid_from: Option<LocalDate>,
        pub lender_checked_on: Option<LocalDate>,
        pub lender_checked_by: Option<String>,
        pub notice_days: i32,
        pub on_paper: bool,
        pub association_by: Option<String>,
        pub association_on: Option<LocalDate>,
        pub organisation_by: Option<String>,
        pub organisation_on: Option<LocalDate>,
        pub withdrawn_by: Option<String>,
        pub withdrawn_on: Option<LocalDate>,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What an hour of a level costs an organisation from a day on.
pub mod wage_cost {
    use chassis::{
        ids::{OrganisationId, RegionId},
        time::{LocalDate, Timestamp},
    };
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "wage_cost")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub region: RegionId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub organisation: OrganisationId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub function_level: i32,
        // The last part of the key; sea-orm has no days in keys.
        pub from_on: LocalDate,
        pub cents_per_hour: i32,
        pub recorded_by: String,
        pub created_at: Timestamp,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What the works council of an organisation decided about a programme on a day.
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
        // The last part of the key; sea-orm has no days in keys.
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
