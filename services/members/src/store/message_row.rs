//! The tables of messages as sea-orm sees them. Types are those of [`super::row`].
#![allow(unreachable_pub, reason = "what sea-orm derives is pub")]

/// What people were told; `facts` is a JSON object.
pub mod message {
    use chassis::{
        ids::{MessageId, RegionId, UserId, WorkerId},
        time::Timestamp,
    };
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "message")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub region: RegionId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: MessageId,
        pub user_id: Option<UserId>,
        pub worker: Option<WorkerId>,
        pub reason: i32,
        pub facts: String,
        pub told_by: String,
        pub told_key: String,
        pub told_at: Timestamp,
        pub read_at: Option<Timestamp>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// How messages reach people; `muted` holds numbers of kinds with commas between.
pub mod message_settings {
    use chassis::ids::{RegionId, UserId};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "message_settings")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub region: RegionId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub user_id: UserId,
        pub email: Option<String>,
        pub english: i32,
        pub muted: String,
        pub quiet_from: i32,
        pub quiet_until: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Mail that is due; a row goes when the mail went.
pub mod mail {
    use chassis::{
        ids::{MessageId, RegionId, UserId},
        time::Timestamp,
    };
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "mail")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub region: RegionId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub message: MessageId,
        pub user_id: UserId,
        pub due_at: Timestamp,
        pub tries: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
