//! What workers agree to: given and revoked by themselves alone.

use bus::log;
use chassis::{
    caller::Call,
    db::Db,
    error::{Error, Result},
    file_reads,
    ids::{ConsentId, WorkerId},
};
use sea_orm::ConnectionTrait;

use super::workers::require_close;
use crate::{
    domain::consent::{Consent, ConsentKind},
    events,
    store::{consents as store, workers},
};

pub(crate) async fn give(txn: &impl ConnectionTrait, call: &Call, kind: ConsentKind) -> Result<Consent> {
    let worker = workers::lock(txn, call.region, call.worker()?).await?;
    if let Some(holding) = store::holding(txn, call.region, worker, kind).await? {
        return Ok(holding);
    }
    let given = Consent { id: ConsentId::new(), worker, kind, given_at: call.now, revoked_at: None };
    store::insert(txn, call.region, &given).await?;
    log::append(txn, call.region, call.now, worker.0, &events::consent_changed(&given)).await?;
    Ok(given)
}

/// With it goes every other one of its kind that holds: of two workers who were merged each could have given it.
pub(crate) async fn revoke(txn: &impl ConnectionTrait, call: &Call, id: ConsentId) -> Result<Consent> {
    let worker = workers::lock(txn, call.region, call.worker()?).await?;
    let found = store::find(txn, call.region, id).await?.filter(|found| found.worker == worker);
    let mut found = found.ok_or(Error::NotFound("consent"))?;
    if found.revoked_at.is_some() {
        return Ok(found);
    }
    while let Some(holding) = store::holding(txn, call.region, worker, found.kind).await? {
        let revoked = Consent { revoked_at: Some(call.now), ..holding };
        store::revoke(txn, call.region, revoked.id, call.now).await?;
        log::append(txn, call.region, call.now, worker.0, &events::consent_changed(&revoked)).await?;
        if revoked.id == id {
            found = revoked;
        }
    }
    Ok(found)
}

/// The read is noted before the answer (D17).
pub(crate) async fn list(db: &Db, call: &Call, worker: WorkerId) -> Result<Vec<Consent>> {
    let worker = workers::kept(db.read(), call.region, worker).await?;
    require_close(db.read(), call, worker).await?;
    let found = store::of(db.read(), call.region, worker).await?;
    file_reads::note(db, call, "ConsentService/ListConsents", [worker]).await?;
    Ok(found)
}
