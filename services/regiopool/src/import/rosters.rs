//! Rows of an organisation's own roster.

use std::{
    collections::{BTreeMap, HashMap},
    fs::File,
};

use anyhow::Result;
use indicatif::ProgressBar;
use proto::flexpool::{RosterBlock, WorkKind};

use super::{
    blocks::{Days, Planned, Sender, Unread, employments},
    columns::RosterColumns,
    dialect::{Dialect, Shown},
    map::Map,
    map_value::Column,
    notation::key,
    number::whole_number,
    report::FileReport,
    row::Cells,
    shifts::{DAY, last_day, local_time},
    table::{Row, Source, Table, Titles},
};
use crate::client::Client;

/// The columns of a file, as the map names them.
struct Columns {
    external_reference: Source,
    personnel_number: Source,
    date: Source,
    starts_at: Source,
    ends_on: Option<Source>,
    ends_at: Source,
    break_minutes: Option<Source>,
    kind: Option<Source>,
}

/// Reads and sends the rows of one file of a roster.
pub(super) struct RosterRows {
    titles: Titles,
    columns: Columns,
    dialect: Dialect,
    kinds: BTreeMap<String, WorkKind>,
    this_year: i32,
    organisation: String,
    /// The organisation's employments by personnel number; `None` when nothing is sent.
    employments: Option<HashMap<String, String>>,
}

impl RosterRows {
    /// For a file with these titles. Errors: a column that the map names is not there.
    pub(super) fn new(titles: Titles, columns: &RosterColumns, map: &Map, dialect: Dialect, this_year: i32) -> Result<Self> {
        let name = |key: &str| format!("roster.columns.{key}");
        let column = |key: &str, column: &Column| titles.source(&name(key), column);
        let optional = |key: &str, column: &Option<Column>| titles.optional_source(&name(key), column.as_ref());
        let columns = Columns {
            external_reference: column("external_reference", &columns.external_reference)?,
            personnel_number: column("personnel_number", &columns.personnel_number)?,
            date: column("date", &columns.date)?,
            starts_at: column("starts_at", &columns.starts_at)?,
            ends_on: optional("ends_on", &columns.ends_on)?,
            ends_at: column("ends_at", &columns.ends_at)?,
            break_minutes: optional("break_minutes", &columns.break_minutes)?,
            kind: optional("kind", &columns.kind)?,
        };
        let kinds = map.work_kinds.clone();
        Ok(Self { titles, columns, dialect, kinds, this_year, organisation: String::new(), employments: None })
    }

    /// The same for this organisation, with what the region knows of its employments.
    pub(super) async fn of(mut self, client: &Client, organisation: &str) -> Result<Self> {
        self.employments = Some(employments(client, organisation).await?);
        organisation.clone_into(&mut self.organisation);
        Ok(self)
    }

    /// The columns that show how dates and the like are written.
    pub(super) fn shown(&self) -> Shown<'_> {
        let c = &self.columns;
        let dates = std::iter::once(&c.date).chain(&c.ends_on).collect();
        Shown { dates, times: vec![&c.starts_at, &c.ends_at], ..Shown::default() }
    }

    /// The same rows, written in this way.
    pub(super) fn written(self, dialect: Dialect) -> Self {
        Self { dialect, ..self }
    }

    /// How they are written.
    pub(super) fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    fn columns(&self) -> Vec<usize> {
        let c = &self.columns;
        let required = [&c.external_reference, &c.personnel_number, &c.date, &c.starts_at, &c.ends_at];
        let all = required.into_iter().chain(&c.ends_on).chain(&c.break_minutes).chain(&c.kind);
        all.flat_map(|source| source.columns.iter().copied()).collect()
    }

    fn read(&self, row: &Row) -> Result<Planned, Unread> {
        let (c, dialect) = (&self.columns, &self.dialect);
        let mut cells = Cells::new(row, &self.titles);
        let employment = cells.value(&c.personnel_number, |cell| match &self.employments {
            None => Ok(String::new()),
            Some(known) => known.get(cell).cloned().ok_or_else(|| "is no personnel number of the organisation".to_owned()),
        });
        let start = |cell: &str| match dialect.time.clock(cell) {
            Ok((DAY, _)) => Err("is a time that does not exist: work begins at 00:00".to_owned()),
            other => other,
        };
        let day = cells.value(&c.date, |cell| dialect.date.parse(cell, self.this_year + 30));
        let starts = cells.value(&c.starts_at, start);
        let ends_on = cells.optional(c.ends_on.as_ref(), |cell| dialect.date.parse(cell, self.this_year + 30));
        let ends = cells.value(&c.ends_at, |cell| dialect.time.clock(cell));
        let break_minutes = cells.optional(c.break_minutes.as_ref(), whole_number);
        let kind = cells.optional(c.kind.as_ref(), |cell| {
            let kind = self.kinds.get(&key(cell));
            kind.copied().ok_or_else(|| "is an unknown kind of work: the map's [work_kinds] does not name it".to_owned())
        });
        let external_reference = cells.name(&c.external_reference);
        let problems = cells.problems();
        let (Some(day), Some(starts), Some(ends), true) = (day, starts, ends, problems.is_empty()) else {
            return Err(Unread { external_reference, problems });
        };
        let last_day = ends_on.unwrap_or_else(|| last_day(day, starts, ends));
        let block = RosterBlock {
            external_reference,
            employment: employment.unwrap_or_default(),
            starts_at: Some(local_time(day, starts)),
            ends_at: Some(local_time(last_day, ends)),
            break_minutes: break_minutes.unwrap_or_default(),
            kind: kind.unwrap_or(WorkKind::Ordinary).into(),
        };
        Ok(Planned { line: row.line, day, block })
    }

    /// Takes every row of a file as the whole roster of its days; without a client says which would be sent. Errors: the file cannot be
    /// read, or the service stopped judging; days that were sent until then stay.
    pub(super) async fn take(&self, client: Option<&Client>, mut table: Table<File>, name: &str, bar: &ProgressBar) -> Result<FileReport> {
        let mut days = Days::default();
        while let Some(row) = table.next()? {
            days.add(row.line, self.read(&row));
        }
        let c = &self.columns;
        let columns = [
            ("external_reference", Some(&c.external_reference)),
            ("employment", Some(&c.personnel_number)),
            ("starts_at", Some(&c.starts_at)),
            ("ends_at", Some(&c.ends_at)),
            ("break_minutes", c.break_minutes.as_ref()),
            ("kind", c.kind.as_ref()),
        ];
        let title = |(field, column): (&'static str, Option<&Source>)| Some((field, self.titles.title(column?).to_owned()));
        let sender = Sender { organisation: self.organisation.clone(), titles: columns.into_iter().filter_map(title).collect() };
        let report = sender.send_all(client, name, days, bar).await?;
        Ok(FileReport { columns_not_read: self.titles.others(&self.columns()), ..report })
    }
}
