//! Making requests and reading what a refusal says.

use std::collections::BTreeMap;

use tonic::{Request, Status};
use tonic_types::StatusExt;

/// A new id for a mutation (D25).
pub fn request_id() -> String {
    chassis::ids::random_uuid().to_string()
}

/// A request with a token in its header.
pub fn as_token<T>(message: T, token: &str) -> Request<T> {
    let mut request = Request::new(message);
    let value = format!("Bearer {token}").parse().expect("a token is plain ASCII");
    request.metadata_mut().insert("authorization", value);
    request
}

/// The machine-readable reason: `SHIFT_FULL`. A status without one is shown whole, so that the assertion tells what came instead.
pub fn reason(status: &Status) -> String {
    status.get_error_details().error_info().map_or_else(|| format!("no reason: {status:?}"), |info| info.reason.clone())
}

/// What the reason was measured on.
pub fn metadata(status: &Status) -> BTreeMap<String, String> {
    status.get_error_details().error_info().map(|info| info.metadata.clone().into_iter().collect()).unwrap_or_default()
}

/// Every field that was wrong with what was expected of it, in the order of the answer.
pub fn violations(status: &Status) -> Vec<(String, String)> {
    let details = status.get_error_details();
    let found = details.bad_request().map(|bad| bad.field_violations.clone()).unwrap_or_default();
    found.into_iter().map(|violation| (violation.field, violation.description)).collect()
}

#[cfg(test)]
mod tests {
    use chassis::error::{Error, Refusal};

    use super::*;

    #[test]
    fn a_refusal_is_read_as_it_was_written() {
        let refusal = Refusal::new("flexpool", "REASON_SHIFT_FULL").with("places", 3);
        let status = Status::from(Error::Refused(refusal));
        assert_eq!(reason(&status), "SHIFT_FULL");
        assert_eq!(metadata(&status), BTreeMap::from([("places".to_owned(), "3".to_owned())]));
        assert_eq!(violations(&status), []);
    }

    #[test]
    fn a_wrong_field_is_read_with_what_was_expected() {
        let status = Status::from(Error::invalid("shift.places", "is not between 1 and 100"));
        assert_eq!(reason(&status), "INVALID_REQUEST");
        assert_eq!(violations(&status), [("shift.places".to_owned(), "is not between 1 and 100".to_owned())]);
    }

    #[test]
    fn a_status_without_a_reason_shows_itself() {
        assert!(reason(&Status::internal("broken")).contains("broken"));
    }
}
