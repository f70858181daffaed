//! Who saw whose file (D17).

use chassis::{
    caller::Call,
    error::{Error, Result},
    ids::{WorkerId, timed_uuid},
};
use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel};

use super::row;

/// Notes that the caller is about to see the files of these workers: one row for the whole response, committed before it goes out.
/// What people see of themselves is not noted.
pub(crate) async fn note(db: &impl ConnectionTrait, call: &Call, method: &'static str, subjects: &[WorkerId]) -> Result<()> {
    let subjects: Vec<String> = subjects.iter().filter(|id| call.caller.worker != Some(**id)).map(ToString::to_string).collect();
    if subjects.is_empty() {
        return Ok(());
    }
    let model = row::file_read::Model {
        region: call.region,
        id: timed_uuid(),
        at: call.now,
        caller: call.caller.subject.to_string(),
        method: method.to_owned(),
        subjects: serde_json::to_string(&subjects).map_err(|error| Error::Internal(Box::new(error)))?,
    };
    row::file_read::Entity::insert(model.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}
