//! Messages, how they reach people, and the mail that is due.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use chassis::{
    error::{Error, Result},
    ids::{MessageId, RegionId, UserId, WorkerId},
    page::Page,
    time::Timestamp,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Statement,
    sea_query::{Condition, ExprTrait, OnConflict},
};
use uuid::Uuid;

use super::{before, known, message_row as row};
use crate::domain::message::{Mail, Message, MessageKind, MessageReason, MessageSettings, NewMessage, Quiet, Recipient};

/// The sort key of the list: when and id, newest first.
pub(crate) type ByTime = (i64, Uuid);

/// A mail is kept from others for so long while it is sent; then it is tried again, since whoever sends it is gone.
const SENDING: Duration = Duration::from_secs(5 * 60);
/// So many mails are taken at once.
const BATCH: u64 = 20;

fn facts_json(facts: &BTreeMap<String, String>) -> Result<String> {
    serde_json::to_string(facts).map_err(|error| Error::Internal(Box::new(error)))
}

/// Adds a message, and gives its id and whether it is new: of the same service with the same key there is one.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    region: RegionId,
    now: Timestamp,
    by: &str,
    new: &NewMessage,
) -> Result<(MessageId, bool)> {
    use row::message::{Column, Entity, Model};
    let (user, worker) = match new.recipient {
        Recipient::User(user) => (Some(user), None),
        Recipient::Worker(worker) => (None, Some(worker)),
        Recipient::Planners(_) => return Err(Error::internal("a message to many is one to each")),
    };
    let id = MessageId::new();
    let model = Model {
        region,
        id,
        user_id: user,
        worker,
        reason: new.reason.number(),
        facts: facts_json(&new.facts)?,
        told_by: by.to_owned(),
        told_key: new.key.clone(),
        told_at: now,
        read_at: None,
    };
    let once = OnConflict::columns([Column::Region, Column::ToldBy, Column::ToldKey]).do_nothing().to_owned();
    let inserted = Entity::insert(model.into_active_model()).on_conflict(once).exec_without_returning(db).await?;
    if inserted == 1 {
        return Ok((id, true));
    }
    let known = Entity::find().filter(Column::Region.eq(region)).filter(Column::ToldBy.eq(by)).filter(Column::ToldKey.eq(&new.key));
    let known = known.one(db).await?.ok_or_else(|| Error::internal("a message vanished"))?;
    Ok((known.id, false))
}

/// Messages of the user, and of the worker that the user is.
fn own(region: RegionId, user: Option<UserId>, worker: Option<WorkerId>) -> Condition {
    use row::message::Column;
    let of_user = user.map(|user| Column::UserId.eq(user));
    let of_worker = worker.map(|worker| Column::Worker.eq(worker));
    // Who is neither has none: an empty list of conditions would be everybody's.
    let either = Condition::any().add_option(of_user).add_option(of_worker);
    let either = if either.is_empty() { Condition::all().add(Column::Id.is_null()) } else { either };
    Condition::all().add(Column::Region.eq(region)).add(either)
}

pub(crate) async fn list(
    db: &impl ConnectionTrait,
    region: RegionId,
    (user, worker): (Option<UserId>, Option<WorkerId>),
    page: &Page<ByTime>,
) -> Result<(Vec<Message>, String)> {
    use row::message::{Column, Entity};
    let mut query = Entity::find().filter(own(region, user, worker));
    if let Some((at, id)) = &page.after {
        query = query.filter(before((Column::ToldAt.into_expr(), Column::Id.into_expr()), (*at, *id)));
    }
    let rows = query.order_by_desc(Column::ToldAt).order_by_desc(Column::Id).limit(page.limit()).all(db).await?;
    let (rows, next) = page.cut(rows, |row| (row.told_at.0, row.id.0));
    Ok((rows.into_iter().map(message).collect::<Result<_>>()?, next))
}

pub(crate) async fn unread(db: &impl ConnectionTrait, region: RegionId, (user, worker): (Option<UserId>, Option<WorkerId>)) -> Result<u64> {
    use row::message::{Column, Entity};
    Ok(Entity::find().filter(own(region, user, worker)).filter(Column::ReadAt.is_null()).count(db).await?)
}

/// Marks those of these messages that are the caller's.
pub(crate) async fn mark_read(
    db: &impl ConnectionTrait,
    region: RegionId,
    (user, worker): (Option<UserId>, Option<WorkerId>),
    ids: &[MessageId],
    now: Timestamp,
) -> Result<()> {
    use row::message::{ActiveModel, Column, Entity};
    let read = ActiveModel { read_at: Set(Some(now)), ..Default::default() };
    let update = Entity::update_many().set(read).filter(own(region, user, worker)).filter(Column::ReadAt.is_null());
    update.filter(Column::Id.is_in(ids.iter().copied())).exec(db).await?;
    Ok(())
}

fn message(row: row::message::Model) -> Result<Message> {
    let facts = serde_json::from_str(&row.facts).map_err(|error| Error::Internal(Box::new(error)))?;
    let reason = known(MessageReason::from_number(row.reason))?;
    Ok(Message { id: row.id, reason, facts, told_at: row.told_at, read: row.read_at.is_some() })
}

/// The settings of a user; the usual ones for who never set any.
pub(crate) async fn settings(db: &impl ConnectionTrait, region: RegionId, user: UserId) -> Result<MessageSettings> {
    let found = row::message_settings::Entity::find_by_id((region, user)).one(db).await?;
    found.map_or_else(|| Ok(MessageSettings::default()), from_row)
}

fn from_row(row: row::message_settings::Model) -> Result<MessageSettings> {
    let kind = |text: &str| known(text.parse().ok().and_then(MessageKind::from_number));
    Ok(MessageSettings {
        email: row.email,
        english: row.english != 0,
        muted: row.muted.split(',').filter(|text| !text.is_empty()).map(kind).collect::<Result<_>>()?,
        quiet: Quiet { from: row.quiet_from, until: row.quiet_until },
    })
}

pub(crate) async fn set(db: &impl ConnectionTrait, region: RegionId, user: UserId, settings: &MessageSettings) -> Result<()> {
    use row::message_settings::{Column, Entity, Model};
    let model = Model {
        region,
        user_id: user,
        email: settings.email.clone(),
        english: i32::from(settings.english),
        muted: settings.muted.iter().map(|kind| kind.number().to_string()).collect::<Vec<_>>().join(","),
        quiet_from: settings.quiet.from,
        quiet_until: settings.quiet.until,
    };
    let columns = [Column::Email, Column::English, Column::Muted, Column::QuietFrom, Column::QuietUntil];
    let again = OnConflict::columns([Column::Region, Column::UserId]).update_columns(columns).to_owned();
    Entity::insert(model.into_active_model()).on_conflict(again).exec_without_returning(db).await?;
    Ok(())
}

/// Has a mail about the message sent when it is due.
pub(crate) async fn send(db: &impl ConnectionTrait, region: RegionId, message: MessageId, user: UserId, due: Timestamp) -> Result<()> {
    let model = row::mail::Model { region, message, user_id: user, due_at: due, tries: 0 };
    row::mail::Entity::insert(model.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// A mail that was taken, and until when nobody else takes it.
#[derive(Debug)]
pub(crate) struct Due {
    pub(crate) region: RegionId,
    pub(crate) mail: Mail,
    pub(crate) kept_until: Timestamp,
}

/// Whether a mail of any region is due.
pub(crate) async fn is_due(db: &impl ConnectionTrait, now: Timestamp) -> Result<bool> {
    use row::mail::{Column, Entity};
    let query = Entity::find().select_only().column(Column::DueAt).filter(Column::DueAt.lte(now)).order_by_asc(Column::DueAt);
    Ok(query.into_tuple::<Timestamp>().one(db).await?.is_some())
}

/// Takes mails that are due, of any region, and keeps others from them for a while. Whoever takes them [keeps](keep) each before it goes,
/// sends, outside this transaction, and then says how it went with [`sent`], [`later`] or [`failed`]. One that cannot be read stays, and is
/// told of each time.
pub(crate) async fn take(db: &impl ConnectionTrait, now: Timestamp) -> Result<Vec<Due>> {
    let lock = if db.get_database_backend() == DbBackend::Postgres { "FOR UPDATE SKIP LOCKED" } else { "" };
    // Materialised, or PostgreSQL may look once for each mail and skip what this statement has locked itself: the bound would be none.
    let sql = format!(
        "WITH due AS MATERIALIZED (SELECT region, message FROM mail WHERE due_at <= $1 ORDER BY due_at LIMIT {BATCH} {lock}) \
         UPDATE mail SET due_at = $2 WHERE (region, message) IN (SELECT region, message FROM due) \
         RETURNING region, message, user_id, due_at, tries"
    );
    let query = Statement::from_sql_and_values(db.get_database_backend(), sql, [now.into(), now.plus(SENDING).into()]);
    let taken = row::mail::Entity::find().from_raw_sql(query).all(db).await?;
    if taken.is_empty() {
        return Ok(Vec::new());
    }
    let (mut of_message, mut of_user) = (Condition::any(), Condition::any());
    for mail in &taken {
        use row::{message::Column as Of, message_settings::Column as By};
        of_message = of_message.add(Condition::all().add(Of::Region.eq(mail.region)).add(Of::Id.eq(mail.message)));
        of_user = of_user.add(Condition::all().add(By::Region.eq(mail.region)).add(By::UserId.eq(mail.user_id)));
    }
    let messages = row::message::Entity::find().filter(of_message).all(db).await?;
    let mut messages: HashMap<_, _> = messages.into_iter().map(|row| ((row.region, row.id), row)).collect();
    let settings = row::message_settings::Entity::find().filter(of_user).all(db).await?;
    let settings: HashMap<_, _> = settings.into_iter().map(|row| ((row.region, row.user_id), row)).collect();
    let mut due = Vec::with_capacity(taken.len());
    for row::mail::Model { region, message: id, user_id: user, due_at: kept_until, tries } in taken {
        let found = messages.remove(&(region, id)).ok_or_else(|| Error::internal("a mail about no message")).and_then(message);
        let settings = settings.get(&(region, user)).cloned().map(from_row).transpose();
        match found.and_then(|message| Ok(Mail { message, user, settings: settings?.unwrap_or_default(), tries })) {
            Ok(mail) => due.push(Due { region, mail, kept_until }),
            Err(error) => tracing::error!(%error, message = %id, "a mail cannot be read"),
        }
    }
    Ok(due)
}

/// Keeps others from a mail that was taken for as long as sending it takes, and gives whether it is still the taker's: it was kept until
/// then, and who came after that has it.
pub(crate) async fn keep(
    db: &impl ConnectionTrait,
    region: RegionId,
    message: MessageId,
    kept_until: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    use row::mail::{ActiveModel, Column, Entity};
    let kept = ActiveModel { due_at: Set(now.plus(SENDING)), ..Default::default() };
    let update = Entity::update_many().set(kept).filter(Column::Region.eq(region)).filter(Column::Message.eq(message));
    Ok(update.filter(Column::DueAt.eq(kept_until)).exec(db).await?.rows_affected == 1)
}

/// The mail is on its way, or will never be.
pub(crate) async fn sent(db: &impl ConnectionTrait, region: RegionId, message: MessageId) -> Result<()> {
    row::mail::Entity::delete_by_id((region, message)).exec(db).await?;
    Ok(())
}

/// The mail goes then.
pub(crate) async fn later(db: &impl ConnectionTrait, region: RegionId, message: MessageId, due: Timestamp) -> Result<()> {
    use row::mail::{ActiveModel, Column, Entity};
    let again = ActiveModel { due_at: Set(due), ..Default::default() };
    Entity::update_many().set(again).filter(Column::Region.eq(region)).filter(Column::Message.eq(message)).exec(db).await?;
    Ok(())
}

/// The mail did not go, and is tried again then.
pub(crate) async fn failed(db: &impl ConnectionTrait, region: RegionId, message: MessageId, due: Timestamp) -> Result<()> {
    use row::mail::{ActiveModel, Column, Entity};
    let again = ActiveModel { due_at: Set(due), ..Default::default() };
    let update = Entity::update_many().set(again).col_expr(Column::Tries, Column::Tries.into_expr().add(1));
    update.filter(Column::Region.eq(region)).filter(Column::Message.eq(message)).exec(db).await?;
    Ok(())
}
