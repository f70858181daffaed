//! The first schema. Every key leads with the region (D21); days are ISO text and instants microseconds (D22); an enum is the number of
//! its proto counterpart, a role its name.

use sea_orm_migration::{async_trait::async_trait, prelude::*, sea_orm::DbBackend};

#[derive(Debug)]
pub(super) struct Members;

impl MigrationName for Members {
    fn name(&self) -> &'static str {
        "m0100_members"
    }
}

#[async_trait]
impl MigrationTrait for Members {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        organisations(manager).await?;
        pools(manager).await?;
        workers(manager).await?;
        users(manager).await?;
        sessions(manager).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn id(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().not_null().take()
}

fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().take()
}

fn number(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).integer().not_null().take()
}

fn instant(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

fn optional(mut column: ColumnDef) -> ColumnDef {
    column.null().take()
}

/// Text that lists are ordered by: byte by byte in both databases, so that both give the same order.
fn sorted(manager: &SchemaManager<'_>, name: &'static str) -> ColumnDef {
    let mut column = text(name);
    if manager.get_database_backend() == DbBackend::Postgres {
        column.extra("COLLATE \"C\"");
    }
    column
}

fn table(name: &'static str, key: &[&'static str], columns: impl IntoIterator<Item = ColumnDef>) -> TableCreateStatement {
    let mut primary = Index::create();
    for column in key {
        primary.col(*column);
    }
    let mut table = Table::create();
    table.table(name).primary_key(&mut primary);
    for mut column in columns {
        table.col(&mut column);
    }
    table
}

/// A reference to a table with the key (region, id).
fn reference(table: &mut TableCreateStatement, column: &'static str, to: &'static str) {
    let from = table.get_table_name().cloned();
    let mut key = ForeignKey::create();
    if let Some(from) = from {
        key.from_tbl(from);
    }
    key.from_col("region").from_col(column).to_tbl(to).to_col("region").to_col("id");
    table.foreign_key(&mut key);
}

async fn index(manager: &SchemaManager<'_>, name: &'static str, table: &'static str, columns: &[&'static str]) -> Result<(), DbErr> {
    let mut index = Index::create();
    index.name(name).table(table);
    for column in columns {
        index.col(*column);
    }
    manager.create_index(index).await
}

async fn unique(manager: &SchemaManager<'_>, name: &'static str, table: &'static str, columns: &[&'static str]) -> Result<(), DbErr> {
    let mut index = Index::create();
    index.name(name).table(table).unique();
    for column in columns {
        index.col(*column);
    }
    manager.create_index(index).await
}

async fn organisations(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let region = table("region", &["id"], [id("id"), text("slug"), text("name"), instant("created_at")]);
    manager.create_table(region).await?;
    unique(manager, "region_slug", "region", &["slug"]).await?;

    let columns = [
        id("region"),
        id("id"),
        text("name"),
        sorted(manager, "name_key"),
        text("kvk_number"),
        number("branch"),
        text("joined_on"),
        instant("created_at"),
    ];
    manager.create_table(table("organisation", &["region", "id"], columns)).await?;
    unique(manager, "organisation_kvk_number", "organisation", &["region", "kvk_number"]).await?;
    index(manager, "organisation_by_name", "organisation", &["region", "name_key", "id"]).await?;

    let columns =
        [id("region"), id("id"), id("organisation"), text("name"), sorted(manager, "name_key"), text("postcode"), instant("created_at")];
    let mut ward = table("ward", &["region", "id"], columns);
    reference(&mut ward, "organisation", "organisation");
    manager.create_table(ward).await?;
    unique(manager, "ward_name", "ward", &["region", "organisation", "name_key"]).await?;
    index(manager, "ward_by_name", "ward", &["region", "name_key", "id"]).await?;

    let columns = [
        id("region"),
        id("id"),
        id("organisation"),
        sorted(manager, "from_on"),
        optional(text("until_on")),
        text("bases"),
        text("works_council_decided_on"),
        instant("created_at"),
    ];
    let mut agreement = table("agreement", &["region", "id"], columns);
    reference(&mut agreement, "organisation", "organisation");
    manager.create_table(agreement).await?;
    index(manager, "agreement_by_day", "agreement", &["region", "from_on", "id"]).await?;
    index(manager, "agreement_of_organisation", "agreement", &["region", "organisation", "from_on", "id"]).await
}

async fn pools(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = [id("region"), id("id"), text("name"), sorted(manager, "name_key"), instant("created_at")];
    manager.create_table(table("pool", &["region", "id"], columns)).await?;
    unique(manager, "pool_name", "pool", &["region", "name_key"]).await?;

    // `position` keeps the order in which the members joined.
    let columns = [id("region"), id("pool"), id("organisation"), number("position")];
    let mut member = table("pool_member", &["region", "pool", "organisation"], columns);
    reference(&mut member, "pool", "pool");
    reference(&mut member, "organisation", "organisation");
    manager.create_table(member).await
}

async fn workers(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = [
        id("region"),
        id("id"),
        text("first_name"),
        text("last_name"),
        text("birth_date"),
        text("postcode"),
        optional(text("big_number")),
        optional(text("big_valid_until")),
        instant("created_at"),
    ];
    manager.create_table(table("worker", &["region", "id"], columns)).await?;

    let columns = [
        id("region"),
        id("id"),
        id("worker"),
        id("organisation"),
        sorted(manager, "personnel_number"),
        number("function_level"),
        number("kind"),
        number("minutes_per_week"),
        text("from_on"),
        optional(text("until_on")),
        instant("created_at"),
    ];
    let mut employment = table("employment", &["region", "id"], columns);
    reference(&mut employment, "worker", "worker");
    reference(&mut employment, "organisation", "organisation");
    manager.create_table(employment).await?;
    unique(manager, "employment_personnel_number", "employment", &["region", "organisation", "personnel_number"]).await?;
    index(manager, "employment_of_worker", "employment", &["region", "worker", "id"]).await?;

    let columns = [
        id("region"),
        id("id"),
        id("worker"),
        text("code"),
        optional(text("valid_from")),
        optional(text("valid_until")),
        instant("created_at"),
    ];
    let mut competence = table("competence", &["region", "id"], columns);
    reference(&mut competence, "worker", "worker");
    manager.create_table(competence).await?;
    index(manager, "competence_of_worker", "competence", &["region", "worker", "id"]).await?;

    // Who saw whose file (D17): one row per response, the subjects as a JSON list of ids.
    let columns = [id("region"), id("id"), instant("at"), text("caller"), text("method"), text("subjects")];
    manager.create_table(table("file_read", &["region", "id"], columns)).await?;
    index(manager, "file_read_by_time", "file_read", &["region", "at", "id"]).await
}

async fn users(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = [
        id("region"),
        id("id"),
        text("display_name"),
        optional(id("worker")),
        optional(text("issuer")),
        optional(text("subject")),
        instant("created_at"),
    ];
    let mut users = table("users", &["region", "id"], columns);
    reference(&mut users, "worker", "worker");
    manager.create_table(users).await?;
    // An identity is one user of the whole installation: its region follows from it.
    unique(manager, "users_identity", "users", &["issuer", "subject"]).await?;

    let columns = [id("region"), id("user_id"), number("position"), text("role"), optional(id("organisation"))];
    let mut role = table("user_role", &["region", "user_id", "position"], columns);
    reference(&mut role, "user_id", "users");
    reference(&mut role, "organisation", "organisation");
    manager.create_table(role).await?;

    let columns = [
        id("region"),
        id("id"),
        id("user_id"),
        ColumnDef::new("code_hash").binary().not_null().take(),
        instant("created_at"),
        instant("expires_at"),
        optional(instant("redeemed_at")),
    ];
    let mut invitation = table("invitation", &["region", "id"], columns);
    reference(&mut invitation, "user_id", "users");
    manager.create_table(invitation).await?;
    unique(manager, "invitation_code_hash", "invitation", &["code_hash"]).await?;
    index(manager, "invitation_of_user", "invitation", &["region", "user_id"]).await
}

async fn sessions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = [
        id("region"),
        id("id"),
        id("user_id"),
        ColumnDef::new("secret_hash").binary().not_null().take(),
        instant("created_at"),
        instant("expires_at"),
        optional(instant("ended_at")),
    ];
    let mut session = table("session", &["region", "id"], columns);
    reference(&mut session, "user_id", "users");
    manager.create_table(session).await?;
    unique(manager, "session_secret_hash", "session", &["secret_hash"]).await?;
    index(manager, "session_by_end", "session", &["expires_at"]).await
}
