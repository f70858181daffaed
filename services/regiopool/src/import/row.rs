//! What a kind of row is: how its cells become a request, and which column a service means when it names a field.

use std::future::Future;

use members::domain::text::has_citizen_number;
use tonic::Status;
use tonic_types::StatusExt;
use wording::Language;

use super::{
    notation::Reason,
    report::Problem,
    table::{Row, Titles},
};
use crate::client::{Change, Client};

/// One kind of file: workers or shifts.
pub(super) trait Kind: Send + Sync {
    /// What is asked for each row.
    type Request: Change + Sync;
    /// What the rows are called in the report.
    const ROWS_ARE: &'static str;

    /// The file's titles.
    fn titles(&self) -> &Titles;

    /// The columns that are read.
    fn columns(&self) -> Vec<usize>;

    /// Reads one row by the map's notations. What a service judges better is left to it.
    fn read(&self, row: &Row) -> Result<Prepared<Self::Request>, Vec<Problem>>;

    /// The column from which a field of the request comes.
    fn column_of(&self, field: &str) -> Option<usize>;

    /// Sends a row, and says what became of it. Errors: a status that is no judgement of the row.
    fn send(&self, client: &Client, row: Prepared<Self::Request>) -> impl Future<Output = Result<Outcome, Status>> + Send;

    /// What a service's judgement says about the row's columns.
    fn judgement(&self, status: &Status) -> Vec<Problem> {
        let violations = status.get_details_bad_request().map(|details| details.field_violations).unwrap_or_default();
        if violations.is_empty() {
            let words = status.get_details_error_info().map_or_else(
                || status.message().to_owned(),
                |refusal| wording::reasons::of(Language::English, &refusal.domain, &refusal.reason, &refusal.metadata),
            );
            return vec![self.problem(None, &format!("is refused: {words}"))];
        }
        let problem = |violation: tonic_types::FieldViolation| match self.column_of(&violation.field) {
            Some(column) => self.problem(Some(column), &violation.description),
            None => self.problem(None, &format!("{} {}", violation.field, violation.description)),
        };
        violations.into_iter().map(problem).collect()
    }

    /// A problem of a column, or of the whole row.
    fn problem(&self, column: Option<usize>, reason: &str) -> Problem {
        Problem { column: column.map(|column| self.titles().title(column).to_owned()).unwrap_or_default(), reason: reason.to_owned() }
    }
}

/// A row that can be sent.
pub(super) struct Prepared<M> {
    /// What names it for good: two rows with one key are one thing. Empty when the row has none.
    pub(super) key: String,
    /// What to ask, with its request id.
    pub(super) request: M,
}

/// What became of a row.
pub(super) enum Outcome {
    /// It is new.
    Taken(Option<Invitee>),
    /// It was there. Who came in so long ago that the request is no longer remembered (D25) gets no invitation: it could be a second one.
    Unchanged(Option<Invitee>),
    /// It is not right; nothing changed.
    NotTaken(Vec<Problem>),
}

/// Somebody who may get an invitation to sign in.
pub(super) struct Invitee {
    /// The employer's number.
    pub(super) personnel_number: String,
    /// The name.
    pub(super) name: String,
    /// `wrk_…`.
    pub(super) worker: String,
}

/// Reads cells and collects what is wrong with them.
pub(super) struct Cells<'a> {
    row: &'a Row,
    titles: &'a Titles,
    problems: Vec<Problem>,
}

impl<'a> Cells<'a> {
    /// Of this row. What is wrong with the row as a whole is noted at once.
    pub(super) fn new(row: &'a Row, titles: &'a Titles) -> Self {
        let mut cells = Self { row, titles, problems: Vec::new() };
        if row.width() != titles.width() {
            cells.note(None, format!("has {} cells where the titles are {}", row.width(), titles.width()));
        }
        if row.is_garbled() {
            cells.note(None, "has letters that are not written in the map's encoding".to_owned());
        }
        cells
    }

    /// The text of a cell.
    pub(super) fn text(&self, column: usize) -> String {
        self.row.cell(column).to_owned()
    }

    /// The text of a column that may be absent.
    pub(super) fn optional_text(&self, column: Option<usize>) -> String {
        column.map(|column| self.text(column)).unwrap_or_default()
    }

    /// The value of a cell that must hold one.
    pub(super) fn value<T>(&mut self, column: usize, read: impl FnOnce(&str) -> Result<T, Reason>) -> Option<T> {
        let cell = self.row.cell(column);
        let value = if cell.is_empty() { Err("is empty".to_owned()) } else { read(cell) };
        value.map_err(|reason| self.note(Some(column), reason)).ok()
    }

    /// The value of a cell that may be empty: whether it may stay so, the service says.
    pub(super) fn optional<T>(&mut self, column: Option<usize>, read: impl FnOnce(&str) -> Result<T, Reason>) -> Option<T> {
        let column = column.filter(|column| !self.row.cell(*column).is_empty())?;
        self.value(column, read)
    }

    /// Looks for citizen service numbers in free text, which is not kept (D20).
    pub(super) fn free_text(&mut self, columns: &[usize]) {
        for column in columns {
            if has_citizen_number(self.row.cell(*column)) {
                self.note(Some(*column), "holds what looks like a citizen service number (IDN-07)".to_owned());
            }
        }
    }

    /// All that was found to be wrong.
    pub(super) fn problems(self) -> Vec<Problem> {
        self.problems
    }

    fn note(&mut self, column: Option<usize>, reason: Reason) {
        let column = column.map(|column| self.titles.title(column).to_owned()).unwrap_or_default();
        self.problems.push(Problem { column, reason });
    }
}

/// What is said of a key under which the region knows something else.
pub(super) const KNOWN_OTHERWISE: &str = "is known with another value, and an import does not change it";

/// The problems of the columns that differ from what is known.
pub(super) fn differences<K: Kind>(kind: &K, columns: &[(Option<usize>, bool)]) -> Vec<Problem> {
    let differing = columns.iter().filter(|(_, same)| !same);
    differing.map(|(column, _)| kind.problem(*column, KNOWN_OTHERWISE)).collect()
}
