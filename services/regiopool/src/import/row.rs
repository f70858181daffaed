//! What a kind of row is: how its cells become a request, and which column a service means when it names a field.

use std::future::Future;

use members::domain::text::has_citizen_number;
use tonic::Status;
use tonic_types::StatusExt;
use wording::Language;

use super::{
    notation::Reason,
    report::Problem,
    table::{Row, Source, Titles},
};
use crate::client::{Change, Client};

/// One kind of file: workers or shifts.
pub(super) trait Kind: Send + Sync {
    /// What is asked for each row.
    type Request: Change + Sync;
    /// What the rows are called in the report.
    const ROWS_ARE: &'static str;
    /// So many are sent at once, in one request or as so many.
    const AT_ONCE: usize;
    /// So many of these are on their way.
    const IN_FLIGHT: usize;

    /// The file's titles.
    fn titles(&self) -> &Titles;

    /// The columns that are read.
    fn columns(&self) -> Vec<usize>;

    /// Reads one row by the map's notations. What a service judges better is left to it.
    fn read(&self, row: &Row) -> Result<Prepared<Self::Request>, Vec<Problem>>;

    /// The column from which a field of the request comes.
    fn column_of(&self, field: &str) -> Option<&Source>;

    /// Sends at most [`Kind::AT_ONCE`] rows, and says what became of each, in their order. Errors: a status that is no judgement of them.
    fn send(&self, client: &Client, rows: Vec<Prepared<Self::Request>>) -> impl Future<Output = Result<Vec<Outcome>, Status>> + Send;

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
        violations.iter().map(|violation| self.field_problem(&violation.field, &violation.description)).collect()
    }

    /// A problem of a field of the request, told of the column from which it comes.
    fn field_problem(&self, field: &str, expected: &str) -> Problem {
        match self.column_of(field) {
            Some(column) => self.problem(Some(column), expected),
            None => self.problem(None, &format!("{field} {expected}")),
        }
    }

    /// A problem of a column, or of the whole row.
    fn problem(&self, column: Option<&Source>, reason: &str) -> Problem {
        Problem { column: column.map(|source| self.titles().title(source).to_owned()).unwrap_or_default(), reason: reason.to_owned() }
    }
}

/// A row that can be sent.
pub(super) struct Prepared<M> {
    /// What names it for good; empty when the row has no name.
    pub(super) key: String,
    /// What to ask, with its request id.
    pub(super) request: M,
}

/// What became of a row.
pub(super) enum Outcome {
    /// It is new.
    Taken(Option<Invitee>),
    /// It was there.
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
    pub(super) fn text(&self, column: &Source) -> String {
        column.text(self.row).into_owned()
    }

    /// The text of a column that may be absent.
    pub(super) fn optional_text(&self, column: Option<&Source>) -> String {
        column.map(|column| self.text(column)).unwrap_or_default()
    }

    /// The value of a cell that must hold one.
    pub(super) fn value<T>(&mut self, column: &Source, read: impl FnOnce(&str) -> Result<T, Reason>) -> Option<T> {
        let cell = column.text(self.row);
        let value = if cell.is_empty() { Err("is empty".to_owned()) } else { read(&cell) };
        value.map_err(|reason| self.note(Some(column), reason)).ok()
    }

    /// The value of a cell that may be empty: whether it may stay so, the service says.
    pub(super) fn optional<T>(&mut self, column: Option<&Source>, read: impl FnOnce(&str) -> Result<T, Reason>) -> Option<T> {
        let column = column.filter(|column| !column.text(self.row).is_empty())?;
        self.value(column, read)
    }

    /// What several columns say together, where none may be empty: a name for good.
    pub(super) fn name(&mut self, column: &Source) -> String {
        let empty = column.columns.iter().copied().find(|column| self.row.cell(*column).is_empty());
        if let Some(empty) = empty {
            self.note(Some(&Source::column(empty)), "is empty".to_owned());
            return String::new();
        }
        column.parts(self.row).join(" ")
    }

    /// Looks for citizen service numbers in free text, which is not kept (D20).
    pub(super) fn free_text(&mut self, columns: &[Source]) {
        for column in columns {
            if has_citizen_number(&column.text(self.row)) {
                self.note(Some(column), "holds what looks like a citizen service number (IDN-07)".to_owned());
            }
        }
    }

    /// All that was found to be wrong.
    pub(super) fn problems(self) -> Vec<Problem> {
        self.problems
    }

    fn note(&mut self, column: Option<&Source>, reason: Reason) {
        let column = column.map(|source| self.titles.title(source).to_owned()).unwrap_or_default();
        self.problems.push(Problem { column, reason });
    }
}

/// What is said of a key under which the region knows something else.
pub(super) const KNOWN_OTHERWISE: &str = "is known with another value, and an import does not change it";

/// The problems of the columns that differ from what is known.
pub(super) fn differences<K: Kind>(kind: &K, columns: &[(Option<&Source>, bool)]) -> Vec<Problem> {
    let differing = columns.iter().filter(|(_, same)| !same);
    differing.map(|(column, _)| kind.problem(*column, KNOWN_OTHERWISE)).collect()
}
