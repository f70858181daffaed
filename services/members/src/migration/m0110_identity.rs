//! A worker is at most one user; the sessions of a user, and those that ended a short while ago, are found without a search.

use sea_orm_migration::{async_trait::async_trait, prelude::*};

#[derive(Debug)]
pub(super) struct Identity;

impl MigrationName for Identity {
    fn name(&self) -> &'static str {
        "m0110_identity"
    }
}

/// Where a worker was invited twice, the user who has signed in keeps the worker, else the first one. The other, who could do nothing more,
/// is left without; an operator may invite that person anew.
const ONE_EACH: &str = "UPDATE users SET worker = NULL WHERE worker IS NOT NULL AND EXISTS (
    SELECT 1 FROM users AS kept WHERE kept.region = users.region AND kept.worker = users.worker AND kept.id <> users.id
        AND ((kept.issuer IS NOT NULL AND users.issuer IS NULL)
            OR ((kept.issuer IS NULL) = (users.issuer IS NULL) AND (kept.created_at, kept.id) < (users.created_at, users.id))))";

#[async_trait]
impl MigrationTrait for Identity {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(ONE_EACH).await?;
        let worker = Index::create().name("users_worker").table("users").col("region").col("worker").unique().take();
        manager.create_index(worker).await?;
        let user = Index::create().name("session_of_user").table("session").col("region").col("user_id").col("id").take();
        manager.create_index(user).await?;
        manager.create_index(Index::create().name("session_by_ended").table("session").col("ended_at").col("id").take()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
