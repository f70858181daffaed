//! Regions, users and sessions (D14).

use std::time::Duration;

use bus::log;
use chassis::{
    caller::{Call, Caller, Role, Subject},
    db::Db,
    error::{Error, Result},
    ids::{RegionId, UserId, WorkerId, timed_uuid},
    page::Page,
    time::{Timestamp, real_now},
};
use proto::members::Reason;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::{
    app::workers::require_personnel,
    domain::identity::{self, Ending, Identity, InvitationCode, NewRegion, NewUser, Region, SESSION_TTL, Session, TOKEN_TTL, User, Who},
    events,
    secrets::{self, Codes},
    store::{
        organisations, refusal, regions,
        sessions::{self, ByEnd},
        users, workers,
    },
};

/// More open sessions than anybody looks through.
const MOST_SESSIONS: u64 = 100;
/// When a session was used is told to the minute.
const USED_AGAIN: Duration = Duration::from_secs(60);
/// By so much the clocks of two machines may differ.
const CLOCKS: Duration = Duration::from_secs(30);

/// A user with the region that the user belongs to.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) user: User,
    pub(crate) region: Region,
}

impl Known {
    /// What the user's token says.
    pub(crate) fn caller(&self) -> Caller {
        Caller {
            subject: Subject::User(self.user.id),
            region: Some(self.region.id),
            grants: self.user.about.grants.clone(),
            worker: self.user.about.worker,
        }
    }
}

pub(crate) async fn create_region(txn: &impl ConnectionTrait, now: Timestamp, new: NewRegion) -> Result<Region> {
    let region = Region { id: RegionId::new(), about: new };
    regions::insert(txn, now, &region).await?;
    Ok(region)
}

/// A user with a known identity, or invited by a code that is made from the user's id.
pub(crate) async fn create_user(
    txn: &impl ConnectionTrait,
    call: &Call,
    codes: &Codes,
    mut new: NewUser,
    identity: Option<Identity>,
) -> Result<Known> {
    if !call.scope.is_everywhere() {
        // Hr invites; to say which identity is somebody's would let hr sign in as anybody.
        let only_worker = new.grants.iter().all(|grant| grant.role == Role::Worker);
        if !only_worker || identity.is_some() {
            return Err(Error::Forbidden);
        }
    }
    organisations::require_all(txn, call.region, &identity::organisations(&new.grants)).await?;
    if let Some(worker) = new.worker {
        new.worker = Some(require_worker(txn, call, worker).await?);
    }
    let region = regions::find(txn, call.region).await?.ok_or(Error::NotFound("region"))?;
    let user = User { region: call.region, id: UserId::new(), about: new };
    users::insert(txn, call.now, &user, identity.as_ref()).await?;
    if identity.is_none() {
        users::invite(txn, call.now, &user, timed_uuid(), secrets::hash(codes.make(user.id.0)?.as_bytes())).await?;
    }
    Ok(Known { user, region })
}

/// Who the worker is by now, locked, so that nobody merges them meanwhile.
async fn require_worker(txn: &impl ConnectionTrait, call: &Call, worker: WorkerId) -> Result<WorkerId> {
    let worker = workers::lock(txn, call.region, worker).await?;
    if !call.scope.is_everywhere() {
        require_personnel(txn, call, worker).await?;
    }
    Ok(worker)
}

/// A new code for somebody who has not signed in yet; the one before works no longer.
pub(crate) async fn invite_again(txn: &impl ConnectionTrait, call: &Call, codes: &Codes, who: Who) -> Result<Known> {
    let user = somebody(txn, call, who).await?;
    if !users::uninvite(txn, call.region, user.id).await? {
        return Err(Error::Refused(refusal(Reason::UserLinked)));
    }
    let id = timed_uuid();
    users::invite(txn, call.now, &user, id, secrets::hash(codes.make(id)?.as_bytes())).await?;
    with_region(txn, user).await
}

/// Ends sessions and tells every replica (D14). Gives how many were open.
pub(crate) async fn end_sessions(txn: &impl ConnectionTrait, call: &Call, which: Ending) -> Result<usize> {
    let ended = match which {
        Ending::Own(session) => match sessions::end_one(txn, call.region, own(&call.caller)?, session, real_now()).await? {
            true => vec![session],
            false => return Err(Error::NotFound("session")),
        },
        Ending::All(who) => {
            let user = match who {
                Some(who) => somebody(txn, call, who).await?.id,
                None => own(&call.caller)?,
            };
            sessions::end_all(txn, call.region, user, real_now()).await?
        }
    };
    let until = real_now().plus(TOKEN_TTL);
    let revoked = |session: &Uuid| log::Row::new(call.region, call.now, *session, &events::session_revoked(*session, until));
    log::append_all(txn, ended.iter().map(revoked).collect()).await?;
    Ok(ended.len())
}

/// The user that the caller is; programs are none.
fn own(caller: &Caller) -> Result<UserId> {
    match caller.subject {
        Subject::User(own) => Ok(own),
        Subject::Client(_) => Err(Error::NotFound("user")),
    }
}

/// The caller's own open sessions.
pub(crate) async fn open_sessions(db: &impl ConnectionTrait, call: &Call) -> Result<Vec<Session>> {
    sessions::open(db, call.region, own(&call.caller)?, real_now(), MOST_SESSIONS).await
}

/// A user, as the caller may name one: an operator everybody, hr the workers of the own organisation, everybody themselves.
async fn somebody(txn: &impl ConnectionTrait, call: &Call, who: Who) -> Result<User> {
    let not_found = || Error::NotFound("user");
    let no_user = |error| match error {
        Error::NotFound(_) => not_found(),
        other => other,
    };
    let user = match who {
        Who::User(id) => users::find(txn, call.region, id).await?,
        Who::Worker(id) => {
            let worker = workers::kept(txn, call.region, id).await.map_err(no_user)?;
            users::find_by_worker(txn, call.region, worker).await?
        }
    };
    let user = user.ok_or_else(not_found)?;
    if call.scope.is_everywhere() || call.caller.subject == Subject::User(user.id) {
        return Ok(user);
    }
    // Who has a role of the association beside the work is not hr's to sign out.
    let only_worker = user.about.grants.iter().all(|grant| grant.role == Role::Worker);
    let worker = user.about.worker.filter(|_| only_worker).ok_or_else(not_found)?;
    require_personnel(txn, call, worker).await.map_err(no_user)?;
    Ok(user)
}

/// Sessions that ended while a token of theirs may still be valid, with the end of the last one.
pub(crate) async fn revocations(db: &impl ConnectionTrait, page: &Page<ByEnd>) -> Result<(Vec<(Uuid, Timestamp)>, String)> {
    let (ended, next) = sessions::ended_since(db, real_now().minus(TOKEN_TTL + CLOCKS), page).await?;
    Ok((ended.into_iter().map(|(session, at)| (session, at.plus(TOKEN_TTL))).collect(), next))
}

/// The code with which a user was invited last, for the answer to who invited; `None` for a user with a known identity.
pub(crate) async fn invitation_code(
    db: &impl ConnectionTrait,
    codes: &Codes,
    region: RegionId,
    user: UserId,
) -> Result<Option<InvitationCode>> {
    let Some((id, hash)) = users::invitation(db, region, user).await? else { return Ok(None) };
    let code = codes.made(user.0, &hash).or_else(|| codes.made(id, &hash));
    code.map(Some).ok_or_else(|| Error::internal("the key with which an invitation code was made is gone"))
}

/// A session for who proved the identity. Gives its secret, too, which nobody can tell again.
pub(crate) async fn sign_in(db: &Db, identity: &Identity) -> Result<(Known, Session, String)> {
    let user = users::find_by_identity(db.read(), identity).await?;
    let user = user.ok_or_else(|| Error::Refused(refusal(Reason::IdentityUnknown)))?;
    let (session, secret) = new_session(&user);
    sessions::insert(db.write(), &session).await?;
    Ok((with_region(db.read(), user).await?, session, secret))
}

/// Gives the invited user the identity and signs in. Nothing of it happens when the identity is another user's.
pub(crate) async fn redeem(
    txn: &impl ConnectionTrait,
    now: Timestamp,
    identity: &Identity,
    code: Option<&InvitationCode>,
) -> Result<(Known, Session, String)> {
    let invalid = || Error::Refused(refusal(Reason::InvitationInvalid));
    let code = code.ok_or_else(invalid)?;
    let (region, user) = users::redeem(txn, now, &secrets::hash(code.as_bytes())).await?.ok_or_else(invalid)?;
    users::link(txn, region, user, identity).await?;
    let user = users::find(txn, region, user).await?.ok_or_else(|| Error::internal("an invitation without a user"))?;
    let (session, secret) = new_session(&user);
    sessions::insert(txn, &session).await?;
    Ok((with_region(txn, user).await?, session, secret))
}

fn new_session(user: &User) -> (Session, String) {
    let secret = secrets::new_session();
    let now = real_now();
    let session = Session {
        id: timed_uuid(),
        user: user.id,
        region: user.region,
        secret_hash: secrets::hash(secret.as_bytes()),
        created_at: now,
        used_at: now,
        expires_at: now.plus(SESSION_TTL),
    };
    (session, secret)
}

/// The session with this secret and its user as they are now. That it was used is remembered, once a minute.
pub(crate) async fn renew(db: &Db, secret: &str) -> Result<(Known, Session)> {
    let ended = || Error::Unauthenticated(refusal(Reason::SessionEnded));
    let now = real_now();
    let session = sessions::find_open(db.read(), now, &secrets::hash(secret.as_bytes())).await?.ok_or_else(ended)?;
    let user = users::find(db.read(), session.region, session.user).await?.ok_or_else(ended)?;
    if session.used_at < now.minus(USED_AGAIN)
        && let Err(error) = sessions::renewed(db.write(), &session, now).await
    {
        tracing::warn!(%error, "when a session was used could not be written down");
    }
    Ok((with_region(db.read(), user).await?, session))
}

/// Ends the session with this secret and tells every replica, so that its tokens end with it (D14). Once: who ended it before is not
/// told again.
pub(crate) async fn sign_out(txn: &impl ConnectionTrait, now: Timestamp, secret: &str) -> Result<()> {
    let ended = sessions::end(txn, real_now(), &secrets::hash(secret.as_bytes())).await?;
    let Some((region, session)) = ended else { return Ok(()) };
    log::append(txn, region, now, session, &events::session_revoked(session, real_now().plus(TOKEN_TTL))).await
}

/// The caller's own user; services and command-line clients have none.
pub(crate) async fn me(db: &impl ConnectionTrait, caller: &Caller) -> Result<Known> {
    let not_found = || Error::NotFound("user");
    let (Subject::User(id), Some(region)) = (&caller.subject, caller.region) else { return Err(not_found()) };
    let user = users::find(db, region, *id).await?.ok_or_else(not_found)?;
    with_region(db, user).await
}

async fn with_region(db: &impl ConnectionTrait, user: User) -> Result<Known> {
    let region = regions::find(db, user.region).await?.ok_or_else(|| Error::internal("a user outside every region"))?;
    Ok(Known { user, region })
}
