//! The tables as sea-orm sees them. Days are ISO text, instants microseconds, enums the numbers of their proto counterparts (D22).
#![allow(unreachable_pub, reason = "what sea-orm derives is pub")]

/// A region of the installation.
pub mod region {
    use chassis::{ids::RegionId, time::Timestamp};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "region")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: RegionId,
        pub slug: String,
        pub name: String,
        pub created_at: Timestamp,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Organisations; lists of numbers with commas between, collective agreements as `number:first day` with commas between.
pub mod organisation {
    use chassis::{
        ids::{OrganisationId, RegionId},
        time::{LocalDate, Timestamp},
    };
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "organisation")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub region: RegionId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: OrganisationId,
        pub name: String,
        pub name_key: String,
        pub kvk_number: String,
        pub branch: i32,
        pub joined_on: LocalDate,
        pub created_at: Timestamp,
        pub kind: i32,
        pub establishment_numbers: String,
        pub rsin: Option<String>,
        pub vat_number: Option<String>,
        pub agb_codes: String,
        pub collective_agreements: String,
        pub leaves_on: Option<LocalDate>,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Wards.
pub mod ward {
    use chassis::{
        ids::{LocationId, OrganisationId, RegionId, UserId, WardId, WorkerId},
        time::Timestamp,
    };
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "ward")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub region: RegionId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: WardId,
        pub organisation: OrganisationId,
        pub name: String,
        pub name_key: String,
        pub postcode: String,
        pub created_at: Timestamp,
        pub location: Option<LocationId>,
        pub lead_user: Option<UserId>,
        pub lead_worker: Option<WorkerId>,
        pub entrance: String,
        pub parking: String,
        pub contact: String,
        pub tasks: String,
        pub buddy: String,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Workers: who they are.
pub mod worker {
    use chassis::{
        ids::{RegionId, WorkerId},
        time::{LocalDate, Timestamp},
    };
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "worker")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub region: RegionId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: WorkerId,
        pub first_name: String,
        pub last_name: String,
        pub birth_date: LocalDate,
        pub postcode: String,
        pub big_number: Option<String>,
        pub big_valid_until: Option<LocalDate>,
        pub created_at: Timestamp,
        pub merged_into: Option<WorkerId>,
        pub constraints_revision: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Employments.
pub mod employment {
    use chassis::{
        ids::{EmploymentId, OrganisationId, RegionId, WorkerId},
        time::{LocalDate, Timestamp},
    };
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "employment")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub region: RegionId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: EmploymentId,
        pub worker: WorkerId,
        pub organisation: OrganisationId,
        pub personnel_number: String,
        pub function_level: i32,
        pub kind: i32,
        pub minutes_per_week: i32,
        pub from_on: LocalDate,
        pub until_on: Option<LocalDate>,
        pub created_at: Timestamp,
        pub revision: i64,
        pub cost_centre: Option<String>,
        pub assessment_result: Option<i32>,
        pub assessed_on: Option<LocalDate>,
        pub assessed_by: Option<String>,
        pub exit_reason: Option<i32>,
        pub exit_destination: Option<i32>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Competences.
pub mod competence {
    use chassis::{
        ids::{CompetenceId, RegionId, WorkerId},
        time::{LocalDate, Timestamp},
    };
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "competence")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub region: RegionId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: CompetenceId,
        pub worker: WorkerId,
        pub code: String,
        pub valid_from: Option<LocalDate>,
        pub valid_until: Option<LocalDate>,
        pub created_at: Timestamp,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Users; the identity is absent until an invitation is redeemed.
pub mod users {
    use chassis::{
        ids::{RegionId, UserId, WorkerId},
        time::Timestamp,
    };
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "users")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub region: RegionId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: UserId,
        pub display_name: String,
        pub worker: Option<WorkerId>,
        pub issuer: Option<String>,
        pub subject: Option<String>,
        pub created_at: Timestamp,
        pub merged_into: Option<UserId>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The roles of a user, by the name of [`chassis::caller::Role`].
pub mod user_role {
    use chassis::ids::{OrganisationId, RegionId, UserId};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "user_role")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub region: RegionId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub user_id: UserId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub position: i32,
        pub role: String,
        pub organisation: Option<OrganisationId>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Invitations: of the code only its hash.
pub mod invitation {
    use chassis::{
        ids::{RegionId, UserId},
        time::Timestamp,
    };
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "invitation")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub region: RegionId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub user_id: UserId,
        pub code_hash: Vec<u8>,
        pub created_at: Timestamp,
        pub expires_at: Timestamp,
        pub redeemed_at: Option<Timestamp>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Sessions: of the secret only its hash.
pub mod session {
    use chassis::{
        ids::{RegionId, UserId},
        time::Timestamp,
    };
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "session")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub region: RegionId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub user_id: UserId,
        pub secret_hash: Vec<u8>,
        pub created_at: Timestamp,
        pub expires_at: Timestamp,
        pub ended_at: Option<Timestamp>,
        pub renewed_at: Option<Timestamp>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
