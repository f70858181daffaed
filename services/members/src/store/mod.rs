//! What is kept where: the only place that knows columns. The region comes first in every function (D21).

pub(crate) mod agreement_row;
pub(crate) mod agreements;
pub(crate) mod consents;
pub(crate) mod employments;
pub(crate) mod links;
pub(crate) mod message_row;
pub(crate) mod messages;
pub(crate) mod organisations;
pub(crate) mod person_row;
pub(crate) mod place_row;
pub(crate) mod pool_row;
pub(crate) mod pools;
pub(crate) mod regions;
pub(crate) mod row;
pub(crate) mod sessions;
pub(crate) mod unavailability;
pub(crate) mod users;
pub(crate) mod wards;
pub(crate) mod workers;

use chassis::error::{Error, Refusal, Result};
use proto::members::Reason;
use sea_orm::sea_query::{Expr, ExprTrait, Value};

/// A refusal of members.
pub(crate) fn refusal(reason: Reason) -> Refusal {
    Refusal::new("members", reason.as_str_name())
}

/// A stored enum's value. Only a newer program can have written one that is not known.
fn known<T>(value: Option<T>) -> Result<T> {
    value.ok_or_else(|| Error::internal("a stored number or name of an enum is unknown"))
}

/// The key of a row, as two columns or two values, to compare with another.
fn key2<A: Into<Expr>, B: Into<Expr>>(first: A, second: B) -> Expr {
    Expr::tuple([first.into(), second.into()])
}

/// Rows whose two sort columns come after these values.
fn after(columns: (impl Into<Expr>, impl Into<Expr>), values: (impl Into<Value>, impl Into<Value>)) -> Expr {
    key2(columns.0, columns.1).gt(key2(Expr::val(values.0), Expr::val(values.1)))
}

/// Rows whose two sort columns come before these values.
fn before(columns: (impl Into<Expr>, impl Into<Expr>), values: (impl Into<Value>, impl Into<Value>)) -> Expr {
    key2(columns.0, columns.1).lt(key2(Expr::val(values.0), Expr::val(values.1)))
}
