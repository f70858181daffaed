//! A change that is safe to repeat (D25).
//!
//! The request id is the first statement of the transaction that does the work; the answer is saved by the last one. Whoever comes again
//! with the same id gets that answer; with another body or method, a refusal. Only successes are kept.

use std::{future::Future, time::Duration};

use prost::Message;
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};
use sea_orm_migration::{async_trait::async_trait, prelude::*};
use sha2::{Digest, Sha256};
use tracing::Instrument;
use uuid::Uuid;

use crate::{
    caller::Call,
    carried::Carried,
    db::Db,
    error::{Error, Result},
    frame::Frame,
    ids::RegionId,
    time::Timestamp,
};

/// A request id is kept so long (D25).
const KEEP: Duration = Duration::from_secs(7 * 24 * 60 * 60);
const FORGET_EVERY: Duration = Duration::from_secs(10 * 60);

/// What names a repetition: who asks, under which id, for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The region; nil for work outside every region.
    pub region: RegionId,
    /// The caller's subject.
    pub caller: String,
    /// The id that the caller chose.
    pub id: Uuid,
    /// The RPC: `ShiftService/PublishShift`.
    pub method: &'static str,
    /// Hash of the encoded request.
    pub hash: Vec<u8>,
    /// When it came.
    pub at: Timestamp,
}

impl Request {
    /// Of a call with this message.
    pub fn new(call: &Call, method: &'static str, id: Uuid, message: &impl Message) -> Self {
        Self {
            region: call.region,
            caller: call.caller.subject.to_string(),
            id,
            method,
            hash: Sha256::digest(message.encode_to_vec()).to_vec(),
            at: call.now,
        }
    }

    /// The same without whose it is, for changes that must not be told by who made them (D7): kept is neither the caller nor the id that
    /// the caller chose, only a digest of both, from which neither can be found again.
    #[must_use]
    pub fn unattributed(self) -> Self {
        let digest = Sha256::new().chain_update(&self.caller).chain_update([0]).chain_update(self.id).finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        Self { caller: String::from("nobody"), id: uuid::Builder::from_custom_bytes(bytes).into_uuid(), ..self }
    }

    /// The saved answer, if this was done before. Errors: `Invalid` when the id was used for something else.
    pub async fn answered<R: Message + Default>(&self, db: &impl ConnectionTrait) -> Result<Option<R>> {
        let sql = "SELECT method, hash, response FROM request WHERE region = $1 AND caller = $2 AND id = $3";
        let values = [self.region.into(), self.caller.clone().into(), self.id.into()];
        let Some(row) = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await? else {
            return Ok(None);
        };
        let (method, hash): (String, Vec<u8>) = (row.try_get("", "method")?, row.try_get("", "hash")?);
        self.saved(&method, &hash, &row.try_get::<Vec<u8>>("", "response")?).map(Some)
    }

    /// Reads a saved answer that was loaded with other things. Errors as [`Request::answered`].
    pub fn saved<R: Message + Default>(&self, method: &str, hash: &[u8], response: &[u8]) -> Result<R> {
        if method != self.method || hash != self.hash {
            return Err(Error::invalid("request_id", "was used before for another request (D25)"));
        }
        Ok(R::decode(response)?)
    }

    async fn begin(&self, txn: &DatabaseTransaction) -> Result<bool> {
        let sql = "INSERT INTO request (region, caller, id, method, hash, response, at) VALUES ($1, $2, $3, $4, $5, $6, $7) \
                   ON CONFLICT DO NOTHING";
        let values = [
            self.region.into(),
            self.caller.clone().into(),
            self.id.into(),
            self.method.into(),
            self.hash.clone().into(),
            Vec::<u8>::new().into(),
            self.at.into(),
        ];
        let done = txn.execute_raw(Statement::from_sql_and_values(txn.get_database_backend(), sql, values)).await?;
        Ok(done.rows_affected() == 1)
    }

    async fn finish(&self, txn: &DatabaseTransaction, response: &impl Message) -> Result<()> {
        let sql = "UPDATE request SET response = $4 WHERE region = $1 AND caller = $2 AND id = $3";
        let values = [self.region.into(), self.caller.clone().into(), self.id.into(), response.encode_to_vec().into()];
        txn.execute_raw(Statement::from_sql_and_values(txn.get_database_backend(), sql, values)).await?;
        Ok(())
    }
}

/// Does `work` once for this request, in one transaction with the request id and the answer, to its end even when the caller hangs up or
/// its time is over; [`Shutdown::drain`](crate::shutdown::Shutdown::drain) waits for it when the frame opened the database. `work` gets the transaction and gives it back with the answer; an error drops it, and nothing happened.
pub async fn run<R, W, F>(db: &Db, request: Request, work: W) -> Result<R>
where
    R: Message + Default + 'static,
    W: Fn(DatabaseTransaction) -> F + Send + Sync + 'static,
    F: Future<Output = Result<(DatabaseTransaction, R)>> + Send,
{
    let own = db.clone();
    let task = async move {
        let db = own;
        db.retry(|| async {
            let txn = db.begin().await?;
            if !request.begin(&txn).await? {
                let answer = request.answered(&txn).await?;
                return answer.ok_or_else(|| Error::internal("a request id vanished"));
            }
            let (txn, response) = work(txn).await?;
            request.finish(&txn, &response).await?;
            db.commit(txn).await?;
            Ok(response)
        })
        .await
    };
    // The message of a panic may quote data; its own log line says where it was.
    let task = Carried::current().without_deadline().scope(task).in_current_span();
    db.changes().spawn(task).await.map_err(|_| Error::internal("a change panicked"))?
}

/// Forgets requests older than `before`, at most 1,000 at a time; gives how many.
pub async fn forget(db: &Db, before: Timestamp) -> Result<u64> {
    let sql = "DELETE FROM request WHERE (region, caller, id) IN (SELECT region, caller, id FROM request WHERE at < $1 LIMIT 1000)";
    let done = db.write().execute_raw(Statement::from_sql_and_values(db.backend(), sql, [before.into()])).await?;
    Ok(done.rows_affected())
}

/// Forgets requests after 7 days (D25), as long as the process runs. Every service calls it once.
pub fn forget_regularly(frame: &Frame, db: &Db) {
    let (clock, token, db) = (frame.clock.clone(), frame.shutdown.token.clone(), db.clone());
    frame.shutdown.every(FORGET_EVERY, move || {
        let (before, token, db) = (clock.now().minus(KEEP), token.clone(), db.clone());
        async move {
            while !token.is_cancelled() {
                match forget(&db, before).await {
                    Ok(0) => break,
                    Ok(_) => {}
                    Err(error) => {
                        tracing::warn!(%error, "old request ids could not be forgotten; the next round tries again");
                        break;
                    }
                }
            }
        }
    });
}

/// The table of request ids; every service has it.
#[derive(Debug)]
pub struct RequestTable;

impl MigrationName for RequestTable {
    fn name(&self) -> &'static str {
        "m0001_chassis_request"
    }
}

#[async_trait]
impl MigrationTrait for RequestTable {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let name = |text: &'static str| Alias::new(text);
        let table = Table::create()
            .table(name("request"))
            .col(ColumnDef::new(name("region")).uuid().not_null())
            .col(ColumnDef::new(name("caller")).text().not_null())
            .col(ColumnDef::new(name("id")).uuid().not_null())
            .col(ColumnDef::new(name("method")).text().not_null())
            .col(ColumnDef::new(name("hash")).binary().not_null())
            .col(ColumnDef::new(name("response")).binary().not_null())
            .col(ColumnDef::new(name("at")).big_integer().not_null())
            .primary_key(Index::create().col(name("region")).col(name("caller")).col(name("id")))
            .to_owned();
        manager.create_table(table).await?;
        manager.create_index(Index::create().name("request_at").table(name("request")).col(name("at")).to_owned()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
