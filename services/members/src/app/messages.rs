//! What people are told (D34). A message and the mail about it are one transaction; the mail goes from its row, outside every other one.

use chassis::{
    caller::{Call, Subject},
    db::Db,
    error::{Error, Result},
    ids::{MessageId, RegionId, UserId, WorkerId},
    page::Page,
    time::Timestamp,
};
use sea_orm::ConnectionTrait;

use crate::{
    domain::message::{Message, MessageKind, MessageReason, MessageSettings, NewMessage, Recipient},
    store::{
        messages::{self as store, ByTime},
        organisations, users, workers,
    },
};

/// At most so many planners of an organisation are told.
const MOST_PLANNERS: u64 = 200;

/// Tells somebody something, once for this key; planners once each. Gives the message, if it is one.
pub(crate) async fn notify(txn: &impl ConnectionTrait, call: &Call, new: NewMessage) -> Result<Option<MessageId>> {
    let by = call.caller.subject.to_string();
    let Recipient::Planners(organisation) = new.recipient else {
        return tell(txn, call.region, call.now, &by, new).await.map(Some);
    };
    organisations::require_all(txn, call.region, &[organisation]).await?;
    for user in users::planners(txn, call.region, organisation, MOST_PLANNERS).await? {
        let to_one = NewMessage { recipient: Recipient::User(user), key: format!("{} {user}", new.key), ..new.clone() };
        tell(txn, call.region, call.now, &by, to_one).await?;
    }
    Ok(None)
}

/// The same for members itself.
pub(crate) async fn tell_worker(
    txn: &impl ConnectionTrait,
    call: &Call,
    worker: WorkerId,
    reason: MessageReason,
    key: String,
) -> Result<()> {
    let new = NewMessage { recipient: Recipient::Worker(worker), reason, facts: std::collections::BTreeMap::new(), key };
    tell(txn, call.region, call.now, "client:members", new).await.map(drop)
}

async fn tell(txn: &impl ConnectionTrait, region: RegionId, now: Timestamp, by: &str, new: NewMessage) -> Result<MessageId> {
    let (recipient, user) = match new.recipient {
        Recipient::User(id) => {
            let user = users::find(txn, region, id).await?.ok_or(Error::NotFound("user"))?;
            (Recipient::User(user.id), Some(user.id))
        }
        Recipient::Worker(id) => {
            let worker = workers::kept(txn, region, id).await?;
            let user = users::find_by_worker(txn, region, worker).await?;
            (Recipient::Worker(worker), user.map(|user| user.id))
        }
        Recipient::Planners(_) => return Err(Error::internal("a message to many is one to each")),
    };
    let reason = new.reason;
    let (id, is_new) = store::insert(txn, region, now, by, &NewMessage { recipient, ..new }).await?;
    if let Some(user) = user.filter(|_| is_new) {
        let settings = store::settings(txn, region, user).await?;
        if settings.email.is_some() && !settings.muted.contains(&reason.kind()) {
            store::send(txn, region, id, user, settings.quiet.after(now)).await?;
        }
    }
    Ok(id)
}

/// Whose messages the caller's are.
async fn own(db: &impl ConnectionTrait, call: &Call) -> Result<(Option<UserId>, Option<WorkerId>)> {
    let user = match call.caller.subject {
        // Who was merged into another user reads that one's.
        Subject::User(id) => users::find(db, call.region, id).await?.map(|user| user.id).or(Some(id)),
        Subject::Client(_) => None,
    };
    let worker = match call.caller.worker {
        Some(worker) => Some(workers::kept(db, call.region, worker).await?),
        None => None,
    };
    Ok((user, worker))
}

pub(crate) async fn list(db: &Db, call: &Call, page: &Page<ByTime>) -> Result<(Vec<Message>, String, u64)> {
    let own = own(db.read(), call).await?;
    let (messages, next) = store::list(db.read(), call.region, own, page).await?;
    Ok((messages, next, store::unread(db.read(), call.region, own).await?))
}

pub(crate) async fn mark_read(txn: &impl ConnectionTrait, call: &Call, ids: &[MessageId]) -> Result<()> {
    let own = own(txn, call).await?;
    store::mark_read(txn, call.region, own, ids, call.now).await
}

/// The caller's user, locked: who changes settings at the same time waits, and so does who merges the user.
async fn lock_own_user(txn: &impl ConnectionTrait, call: &Call) -> Result<UserId> {
    let not_found = || Error::NotFound("user");
    let Subject::User(id) = call.caller.subject else { return Err(not_found()) };
    users::lock(txn, call.region, id).await?.ok_or_else(not_found)
}

async fn own_user(db: &impl ConnectionTrait, call: &Call) -> Result<UserId> {
    let not_found = || Error::NotFound("user");
    let Subject::User(id) = call.caller.subject else { return Err(not_found()) };
    Ok(users::find(db, call.region, id).await?.ok_or_else(not_found)?.id)
}

pub(crate) async fn settings(db: &impl ConnectionTrait, call: &Call) -> Result<MessageSettings> {
    store::settings(db, call.region, own_user(db, call).await?).await
}

pub(crate) async fn set(txn: &impl ConnectionTrait, call: &Call, settings: MessageSettings) -> Result<MessageSettings> {
    store::set(txn, call.region, lock_own_user(txn, call).await?, &settings).await?;
    Ok(settings)
}

/// Stops e-mail of a kind, for who holds a mail of it; for the user who that is by now.
pub(crate) async fn unsubscribe(txn: &impl ConnectionTrait, region: RegionId, user: UserId, kind: MessageKind) -> Result<()> {
    let Some(user) = users::lock(txn, region, user).await? else { return Ok(()) };
    let mut settings = store::settings(txn, region, user).await?;
    if settings.muted.contains(&kind) {
        return Ok(());
    }
    settings.muted.push(kind);
    settings.muted.sort_unstable();
    store::set(txn, region, user, &settings).await
}
