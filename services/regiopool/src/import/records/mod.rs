//! The other kinds of files: what each row of one says is a list of fields, under the titles that a map gives them or under the fields'
//! own names. `regiopool export` writes them under these names, so the two cannot drift apart.

mod absence;
mod agreements;
mod contracts;
mod organisations;
mod places;
mod pools;
mod skills;

use std::{borrow::Cow, collections::BTreeMap, fs::File, future::Future, marker::PhantomData, path::Path};

use anyhow::{Result, ensure};
use chassis::time::{LocalDate, real_now};
use chrono::Datelike;
use indicatif::ProgressBar;
use tonic::Status;

pub(crate) use self::{
    absence::Absence,
    agreements::Agreements,
    contracts::Contracts,
    organisations::Organisations,
    places::{Locations, Wards},
    pools::{Pools, Shares},
    skills::Skills,
};
use super::{
    dialect::{self, Dialect, Shape, Shown, Wish},
    map::Section,
    map_value::{Column, Named},
    notation::Reason,
    report::{FileReport, Problem},
    row::{Cells, KNOWN_OTHERWISE, Kind, Outcome, Prepared},
    rows::{self, Survey},
    table::{Row, Source, Table, Titles},
};
use crate::client::{Change, Client, is_judgement};

/// What a cell of a field shows of how its file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shows {
    Nothing,
    Dates,
    Lists,
}

/// A field of a row: its name, whether it must have a column, and what its cells show.
pub(crate) type Field = (&'static str, bool, Shows);

/// A kind of row.
pub(crate) trait Record: Send + Sync {
    /// What is asked for each row.
    type Request: Change + Sync;
    /// The section of the map.
    const SECTION: &'static str;
    /// What the rows are called in the report.
    const ROWS_ARE: &'static str;
    /// Their fields.
    const FIELDS: &'static [Field];

    /// What a row asks for, with what names it for good. What is wrong is noted in the cells.
    fn read(&self, cells: &mut FieldCells<'_>) -> (String, Self::Request);

    /// The field from which a field of the request comes.
    fn field_of(path: &str) -> &str {
        path.rsplit('.').next().unwrap_or_default()
    }

    /// Sees that what is asked for is there. Errors as those of a call.
    fn send(&self, client: &Client, request: Self::Request) -> impl Future<Output = Result<Done, Status>> + Send;
}

/// What became of what was asked.
pub(crate) enum Done {
    /// It was made.
    Made,
    /// It is there: the fields that are otherwise.
    Known(Vec<&'static str>),
}

/// The differences between what is asked and what is there.
pub(crate) fn known(same: &[(&'static str, bool)]) -> Done {
    Done::Known(same.iter().filter(|(_, same)| !same).map(|(field, _)| *field).collect())
}

/// Reads the cells of a row by the names of fields.
pub(crate) struct FieldCells<'a> {
    cells: Cells<'a>,
    sources: &'a BTreeMap<&'static str, Source>,
    dialect: &'a Dialect,
    latest_year: i32,
}

impl FieldCells<'_> {
    /// The text of a field; empty where there is no column.
    pub(crate) fn text(&self, field: &str) -> String {
        self.cells.optional_text(self.sources.get(field))
    }

    /// The value of a field; `None` where it is empty, or wrong, which is noted.
    pub(crate) fn value<T>(&mut self, field: &str, read: impl FnOnce(&str) -> Result<T, Reason>) -> Option<T> {
        self.cells.optional(self.sources.get(field), read)
    }

    /// The same of a field that must have a value.
    pub(crate) fn required<T>(&mut self, field: &str, read: impl FnOnce(&str) -> Result<T, Reason>) -> Option<T> {
        self.sources.get(field).and_then(|source| self.cells.value(source, read))
    }

    /// A day.
    pub(crate) fn day(&mut self, field: &str) -> Option<proto::Date> {
        let (notation, latest) = (&self.dialect.date, self.latest_year);
        self.cells.optional(self.sources.get(field), |cell| notation.parse(cell, latest)).map(LocalDate::to_proto)
    }

    /// How days are written.
    pub(crate) fn parse_day(&self, cell: &str) -> Result<LocalDate, Reason> {
        self.dialect.date.parse(cell, self.latest_year)
    }

    /// A whole number.
    pub(crate) fn number(&mut self, field: &str) -> Option<i32> {
        self.value(field, super::number::whole_number)
    }

    /// Contract hours as minutes a week.
    pub(crate) fn hours(&mut self, field: &str) -> i32 {
        let dialect = self.dialect;
        self.cells.optional(self.sources.get(field), |cell| super::workers::hours(dialect, cell)).unwrap_or_default()
    }

    /// A value of the API under the name that people write; the unspecified one where the field is empty.
    pub(crate) fn named<E: Named>(&mut self, field: &str) -> Option<E> {
        self.value(field, named)
    }

    /// The texts of a list.
    pub(crate) fn list(&self, field: &str) -> Vec<String> {
        let text = self.text(field);
        text.split(self.dialect.list).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect()
    }

    /// The values of a list of names of the API.
    pub(crate) fn named_list<E: Named>(&mut self, field: &str) -> Vec<E> {
        let list = self.list(field);
        self.value(field, |_| list.iter().map(|text| named(text)).collect()).unwrap_or_default()
    }
}

/// A value of the API by the name that people write.
pub(crate) fn named<E: Named>(text: &str) -> Result<E, Reason> {
    let found = E::all().find(|value| value.name() == text.trim().to_lowercase());
    found.ok_or_else(|| format!("is no {}: expected one of {}", E::WHAT, E::all().map(E::name).collect::<Vec<_>>().join(", ")))
}

/// A file of such rows, opened in the way in which it is written.
pub(super) struct RecordFile<R> {
    name: String,
    titles: Titles,
    sources: BTreeMap<&'static str, Source>,
    dialect: Dialect,
    survey: Survey,
    rows: PhantomData<fn() -> R>,
}

impl<R: Record> RecordFile<R> {
    /// Looks over the file that a section names. Errors: it is missing, or not as the section says.
    pub(super) fn look(folder: &Path, section: &Section, wish: &Wish) -> Result<Self> {
        let (name, wish) = (section.file.0.clone(), wish.or(&section.dialect));
        let at = |field: &str| format!("{}.columns.{field}", R::SECTION);
        for key in section.columns.keys() {
            ensure!(R::FIELDS.iter().any(|(field, ..)| field == key), "{}: is no field of these rows", at(key));
        }
        let own = section.columns.is_empty();
        let column = |field: &'static str| match section.columns.get(field) {
            Some(column) => Some(Cow::Borrowed(column)),
            None => own.then(|| Cow::Owned(Column::One(field.to_owned()))),
        };
        let columns: Vec<(Field, Option<Cow<'_, Column>>)> = R::FIELDS.iter().map(|field| (*field, column(field.0))).collect();
        let wanted: Vec<&str> =
            columns.iter().filter_map(|(_, column)| column.as_deref()).flat_map(Column::titles).map(String::as_str).collect();
        let dialect = dialect::frame(folder, &name, &wish, Shape { titles: &wanted })?;
        let titles = Table::open(folder, &name, &dialect)?.titles;
        let mut sources = BTreeMap::new();
        for ((field, required, _), column) in &columns {
            ensure!(column.is_some() || !required, "{}: expected the title of a column", at(field));
            let Some(column) = column else { continue };
            // A file under the fields' own names may leave out what need not be there.
            if own && !required && titles.has(&[*field]) == 0 {
                continue;
            }
            sources.insert(*field, titles.source(&at(field), column)?);
        }
        let showing = |shows: Shows| -> Vec<&Source> {
            let of = |(field, _, shown): &Field| (*shown == shows).then(|| sources.get(field)).flatten();
            R::FIELDS.iter().filter_map(of).collect()
        };
        let shown = Shown { dates: showing(Shows::Dates), lists: showing(Shows::Lists), ..Shown::default() };
        let dialect = dialect::notations(folder, &name, &wish, dialect, &shown, real_now().local_date().0.year())?;
        let survey = Survey::of(Table::open(folder, &name, &dialect)?, None)?;
        Ok(Self { name, titles, sources, dialect, survey, rows: PhantomData })
    }

    /// Takes every row, or without a client says which would be sent.
    pub(super) async fn take(self, folder: &Path, record: R, client: Option<&Client>, bar: &ProgressBar) -> Result<FileReport> {
        let table: Table<File> = Table::open(folder, &self.name, &self.dialect)?;
        let rows = RecordRows { file: &self, record };
        let (report, _) = rows::take(client, &rows, table, (&self.name, &self.survey), bar).await?;
        Ok(FileReport { written: self.dialect.to_string(), ..report })
    }

    /// The texts of one field, row by row.
    pub(super) fn texts(&self, folder: &Path, field: &str) -> Result<Vec<String>> {
        let mut table = Table::open(folder, &self.name, &self.dialect)?;
        let mut texts = Vec::new();
        while let Some(row) = table.next()? {
            texts.extend(self.sources.get(field).map(|source| source.text(&row).into_owned()));
        }
        Ok(texts)
    }
}

struct RecordRows<'a, R> {
    file: &'a RecordFile<R>,
    record: R,
}

impl<R: Record> Kind for RecordRows<'_, R> {
    type Request = R::Request;
    const ROWS_ARE: &'static str = R::ROWS_ARE;
    const AT_ONCE: usize = 1;
    const IN_FLIGHT: usize = 8;

    fn titles(&self) -> &Titles {
        &self.file.titles
    }

    fn columns(&self) -> Vec<usize> {
        self.file.sources.values().flat_map(|source| source.columns.iter().copied()).collect()
    }

    fn read(&self, row: &Row) -> Result<Prepared<R::Request>, Vec<Problem>> {
        let cells = Cells::new(row, &self.file.titles);
        let latest_year = real_now().local_date().0.year() + 30;
        let mut cells = FieldCells { cells, sources: &self.file.sources, dialect: &self.file.dialect, latest_year };
        let (key, request) = self.record.read(&mut cells);
        let problems = cells.cells.problems();
        if problems.is_empty() { Ok(Prepared { key, request: request.with_request_id() }) } else { Err(problems) }
    }

    fn column_of(&self, field: &str) -> Option<&Source> {
        self.file.sources.get(field).or_else(|| self.file.sources.get(R::field_of(field)))
    }

    async fn send(&self, client: &Client, rows: Vec<Prepared<R::Request>>) -> Result<Vec<Outcome>, Status> {
        let mut outcomes = Vec::with_capacity(rows.len());
        for row in rows {
            outcomes.push(match self.record.send(client, row.request).await {
                Ok(Done::Made) => Outcome::Taken(None),
                Ok(Done::Known(differing)) => {
                    // What the file does not say cannot differ from it.
                    let differing = differing.into_iter().filter_map(|field| self.file.sources.get(field));
                    let problems: Vec<Problem> = differing.map(|source| self.problem(Some(source), KNOWN_OTHERWISE)).collect();
                    if problems.is_empty() { Outcome::Unchanged(None) } else { Outcome::NotTaken(problems) }
                }
                Err(status) if is_judgement(&status) => Outcome::NotTaken(self.judgement(&status)),
                Err(status) => return Err(status),
            });
        }
        Ok(outcomes)
    }
}
