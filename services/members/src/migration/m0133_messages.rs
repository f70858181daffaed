//! What people are told, how it reaches them, and the mail that is due (D34).

use sea_orm_migration::{async_trait::async_trait, prelude::*};

#[derive(Debug)]
pub(super) struct Messages;

impl MigrationName for Messages {
    fn name(&self) -> &'static str {
        "m0133_messages"
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

fn table(name: &'static str, key: &[&'static str], columns: impl IntoIterator<Item = ColumnDef>) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name);
    for mut column in columns {
        table.col(&mut column);
    }
    let mut primary = Index::create();
    for column in key {
        primary.col(*column);
    }
    table.primary_key(&mut primary).take()
}

fn index(name: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create().name(name).table(table).take();
    for column in columns {
        index.col(*column);
    }
    index
}

#[async_trait]
impl MigrationTrait for Messages {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let message = [
            id("region"),
            id("id"),
            id("user_id").null().take(),
            id("worker").null().take(),
            number("reason"),
            text("facts"),
            text("told_by"),
            text("told_key"),
            instant("told_at"),
            instant("read_at").null().take(),
        ];
        manager.create_table(table("message", &["region", "id"], message)).await?;
        manager.create_index(index("message_once", "message", &["region", "told_by", "told_key"]).unique().take()).await?;
        manager.create_index(index("message_of_user", "message", &["region", "user_id", "told_at", "id"])).await?;
        manager.create_index(index("message_of_worker", "message", &["region", "worker", "told_at", "id"])).await?;

        let settings = [
            id("region"),
            id("user_id"),
            text("email").null().take(),
            number("english"),
            text("muted"),
            number("quiet_from"),
            number("quiet_until"),
        ];
        manager.create_table(table("message_settings", &["region", "user_id"], settings)).await?;

        let mail = [id("region"), id("message"), id("user_id"), instant("due_at"), number("tries")];
        manager.create_table(table("mail", &["region", "message"], mail)).await?;
        // Of every region: one sender looks after all.
        manager.create_index(index("mail_by_due", "mail", &["due_at"])).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
