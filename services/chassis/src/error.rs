//! The one error type that crosses a service, and its one conversion to a gRPC status.
//!
//! Every status carries an `ErrorInfo` with a reason that programs may rely on; texts are for people who debug. Internal errors are
//! logged once, where they become a status, without what they quote ([`told`]), and answered without their cause.

use std::{collections::HashMap, time::Duration};

use proto::chassis::Reason;
use sea_orm::{DbErr, RuntimeErr};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

mod told;
pub use told::told;

/// What every use case returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A status travels in headers, of which a client takes 16 KiB: of very many violations the first are told, which is enough to begin with.
const TOLD: usize = 40;
/// So many stand in the text for people, too.
const TOLD_IN_WORDS: usize = 10;

/// A field of a request that is not right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field, as in the proto: `employment.from`.
    pub field: String,
    /// What was expected: a sentence part in English, with the rule's id where there is one. Never the value itself.
    pub expected: String,
}

/// A decision of a service against a request that was well formed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The service: `flexpool`.
    pub domain: &'static str,
    /// The reason's name without prefix: `SHIFT_FULL`.
    pub reason: String,
    /// What the reason was measured on; keys as the reason's comment in the proto names them.
    pub metadata: Vec<(&'static str, String)>,
}

impl Refusal {
    /// A refusal for the value of a `Reason` enum, given by its full name (`REASON_SHIFT_FULL`).
    pub fn new(domain: &'static str, full_name: &str) -> Self {
        Self { domain, reason: full_name.trim_start_matches("REASON_").to_owned(), metadata: Vec::new() }
    }

    /// The same with one more fact.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl ToString) -> Self {
        self.metadata.push((key, value.to_string()));
        self
    }
}

/// The one error type that crosses a service.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request is not well formed: every violation that was found.
    #[error("invalid request: {}", .0.iter().take(TOLD_IN_WORDS).map(|v| format!("{} {}", v.field, v.expected)).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<Violation>),
    /// There is no such thing, or the caller may not see it. Names the kind: `shift`.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// Something else has that name or number already.
    #[error("exists already: {}", .0.reason)]
    Exists(Refusal),
    /// The rules say no.
    #[error("refused: {}", .0.reason)]
    Refused(Refusal),
    /// Others changed the same at once and repeating did not help; the caller repeats with the same request id.
    #[error("too many changes at once: {}", .0.reason)]
    Conflict(Refusal),
    /// Who calls is not known. Holds the reason.
    #[error("not signed in: {}", .0.reason)]
    Unauthenticated(Refusal),
    /// The caller may never do this.
    #[error("not allowed")]
    Forbidden,
    /// Another service or a server is not there. Names it.
    #[error("{0} is not available")]
    Unavailable(&'static str),
    /// A setting of the process is wrong: which, and what was expected.
    #[error("setting {}: {}", .0.field, .0.expected)]
    Setting(Violation),
    /// The transaction met another one and must be done again; the retry wrapper does so.
    #[error("the transaction must be repeated")]
    Repeat(#[source] DbErr),
    /// A defect or a broken machine.
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// One field that is not right.
    pub fn invalid(field: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::Invalid(vec![Violation { field: field.into(), expected: expected.into() }])
    }

    /// A setting that is not right. `expected` begins with "expected" and never holds the value.
    pub fn setting(name: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::Setting(Violation { field: name.into(), expected: expected.into() })
    }

    /// A defect, told in words.
    pub fn internal(message: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(message.into())
    }
}

/// A database error is internal, unless the databases say that the transaction should be done again, or the database could not be
/// reached in time: then nobody knows what happened, and the caller repeats with the same request id (D25). Where a constraint means
/// something to the caller, the store function asks [`violates`] first.
impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match sql_code(&error).as_deref() {
            // PostgreSQL: serialisation failure, deadlock. SQLite: busy, busy snapshot, locked.
            Some("40001" | "40P01" | "5" | "517" | "6") => Self::Repeat(error),
            _ if is_away(&error) => {
                tracing::warn!(error = %told(&error), "the database did not answer");
                Self::Unavailable("database")
            }
            _ => Self::Internal(Box::new(error)),
        }
    }
}

/// Whether no connection could be had, or it broke.
fn is_away(error: &DbErr) -> bool {
    let broken = matches!(sqlx_error(error), Some(sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed));
    // PostgreSQL: shut down by its operator, crashed, starting.
    broken || matches!(error, DbErr::ConnectionAcquire(_)) || matches!(sql_code(error).as_deref(), Some("57P01" | "57P02" | "57P03"))
}

impl From<prost::DecodeError> for Error {
    fn from(error: prost::DecodeError) -> Self {
        Self::Internal(Box::new(error))
    }
}

fn sqlx_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(e)) | DbErr::Exec(RuntimeErr::SqlxError(e)) | DbErr::Query(RuntimeErr::SqlxError(e)) => Some(e),
        _ => None,
    }
}

fn sql_code(error: &DbErr) -> Option<String> {
    Some(sqlx_error(error)?.as_database_error()?.code()?.into_owned())
}

/// Whether the error is the violation of this unique constraint. `columns` is how SQLite names it (`ward.region, ward.name`), `name` how
/// PostgreSQL does (`ward_name`).
pub fn violates(error: &DbErr, name: &str, columns: &str) -> bool {
    let Some(database) = sqlx_error(error).and_then(sqlx::Error::as_database_error) else { return false };
    database.is_unique_violation()
        && (database.constraint() == Some(name)
            || database.message().ends_with(&format!(": {columns}"))
            || database.message().ends_with(&format!("index '{name}'")))
}

fn details(refusal: Refusal) -> ErrorDetails {
    let metadata: HashMap<String, String> = refusal.metadata.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    ErrorDetails::with_error_info(refusal.reason, format!("{}.regiopool", refusal.domain), metadata)
}

fn refused(code: Code, refusal: Refusal, message: String) -> Status {
    Status::with_error_details(code, message, details(refusal))
}

/// A refusal of the frame itself.
pub(crate) fn own(reason: Reason) -> Refusal {
    Refusal::new("chassis", reason.as_str_name())
}

/// A status with a reason of the frame and no more.
pub(crate) fn plain(code: Code, reason: Reason, message: &str) -> Status {
    refused(code, own(reason), message.to_owned())
}

/// A caller who calls too often is told when to come again, in whole seconds.
pub(crate) fn too_many_calls(wait: Duration) -> Status {
    let wait = Duration::from_secs(wait.as_secs() + u64::from(wait.subsec_nanos() > 0));
    let mut details = details(own(Reason::TooManyCalls).with("retry_s", wait.as_secs()));
    details.set_retry_info(Some(wait));
    Status::with_error_details(Code::ResourceExhausted, "too many calls of this caller; ask again later", details)
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::Invalid(violations) => {
                let mut details = details(own(Reason::InvalidRequest));
                for violation in violations.into_iter().take(TOLD) {
                    details.add_bad_request_violation(violation.field, violation.expected);
                }
                Self::with_error_details(Code::InvalidArgument, message, details)
            }
            Error::NotFound(what) => refused(Code::NotFound, own(Reason::NotFound).with("resource", what), message),
            Error::Exists(refusal) => refused(Code::AlreadyExists, refusal, message),
            Error::Refused(refusal) => refused(Code::FailedPrecondition, refusal, message),
            Error::Conflict(refusal) => refused(Code::Aborted, refusal, message),
            Error::Unauthenticated(refusal) => refused(Code::Unauthenticated, refusal, message),
            Error::Forbidden => plain(Code::PermissionDenied, Reason::Forbidden, &message),
            Error::Unavailable(what) => refused(Code::Unavailable, own(Reason::Unavailable).with("dependency", what), message),
            Error::Setting(_) => {
                tracing::error!(error = %message, "internal error");
                plain(Code::Internal, Reason::Internal, "internal error")
            }
            Error::Repeat(source) => {
                tracing::warn!(error = %told(&source), "a transaction met others again and again");
                plain(Code::Aborted, Reason::Busy, &message)
            }
            Error::Internal(source) => {
                tracing::error!(error = %told(source.as_ref()), "internal error");
                plain(Code::Internal, Reason::Internal, &message)
            }
        }
    }
}
