//! The files of a folder: looked over as a whole before anything is sent, then taken one after the other.

use std::path::Path;

use anyhow::{Context, Result};
use chassis::time::real_now;
use chrono::Datelike;
use indicatif::ProgressBar;

use super::{
    Args, Place,
    calendar::Events,
    dialect::{self, Dialect, Shape, Shown, Wish},
    invitations,
    map::Map,
    map_value::FileName,
    report::{FileReport, Report},
    rosters::RosterRows,
    row::Invitee,
    rows::{self, Survey},
    shifts::ShiftRows,
    table::{Source, Table, Titles},
    workers::WorkerRows,
};
use crate::client::Client;

/// The files, looked over before anything is sent.
pub(super) struct Files {
    workers: Option<(WorkerRows, Survey, Option<String>)>,
    roster: Option<RosterRows>,
    calendar: Option<Events>,
    shifts: Option<(ShiftRows, Survey)>,
}

/// A file as its map names it, opened in the way in which it is written.
struct Opened<'a> {
    folder: &'a Path,
    name: &'a str,
    wish: Wish,
    dialect: Dialect,
    titles: Titles,
    this_year: i32,
}

impl<'a> Opened<'a> {
    fn look(folder: &'a Path, name: &'a FileName, map: &Map, own: &Wish, titles: &[&str]) -> Result<Self> {
        let (name, wish) = (name.0.as_str(), map.dialect.or(own));
        let dialect = dialect::frame(folder, name, &wish, Shape { titles })?;
        let titles = Table::open(folder, name, &dialect)?.titles;
        Ok(Self { folder, name, wish, dialect, titles, this_year: real_now().local_date().0.year() })
    }

    fn written(&self, shown: &Shown<'_>) -> Result<Dialect> {
        dialect::notations(self.folder, self.name, &self.wish, self.dialect.clone(), shown, self.this_year)
    }

    fn survey(&self, personnel_numbers: Option<&Source>) -> Result<Survey> {
        Survey::of(Table::open(self.folder, self.name, &self.dialect)?, personnel_numbers)
    }
}

impl Files {
    /// Opens every file that the map names. Errors: one is missing, or not as the map says.
    pub(super) fn look(folder: &Path, map: &Map) -> Result<Self> {
        let workers = map.workers.as_ref().map(|workers| {
            let file = Opened::look(folder, &workers.file, map, &workers.dialect, &workers.columns.titles())?;
            let rows = WorkerRows::new(file.titles.clone(), &workers.columns, map, file.dialect.clone(), file.this_year)?;
            let written = file.written(&rows.shown())?;
            let survey = file.survey(Some(rows.personnel_numbers()))?;
            let warning = survey.judge(file.name, rows.title_of_numbers())?;
            anyhow::Ok((rows.written(written), survey, warning))
        });
        let roster = map.roster.as_ref().map(|roster| {
            let file = Opened::look(folder, &roster.file, map, &roster.dialect, &roster.columns.titles())?;
            let rows = RosterRows::new(file.titles.clone(), &roster.columns, map, file.dialect.clone(), file.this_year)?;
            let written = file.written(&rows.shown())?;
            anyhow::Ok(rows.written(written))
        });
        let calendar = map.calendar.as_ref().map(|calendar| Events::open(folder, calendar, map));
        let shifts = map.shifts.as_ref().map(|shifts| {
            let file = Opened::look(folder, &shifts.file, map, &shifts.dialect, &shifts.columns.titles())?;
            let rows = ShiftRows::new(file.titles.clone(), &shifts.columns, map, file.dialect.clone(), file.this_year)?;
            let written = file.written(&rows.shown())?;
            let survey = file.survey(None)?;
            anyhow::Ok((rows.written(written), survey))
        });
        Ok(Self {
            workers: workers.transpose()?,
            roster: roster.transpose()?,
            calendar: calendar.transpose()?,
            shifts: shifts.transpose()?,
        })
    }

    /// Takes the rows: workers first, so that they are known when shifts are open, and what they do already before what they may claim. Without a client nothing is sent.
    pub(super) async fn take(self, args: &Args, map: &Map, to: Option<(&Client, &Place)>, bar: &ProgressBar) -> Result<Report> {
        let (client, mut files, mut invitations) = (to.map(|(client, _)| client), Vec::new(), None);
        if let (Some((mut rows, survey, warning)), Some(workers)) = (self.workers, &map.workers) {
            if let Some((_, place)) = to {
                rows = rows.of(&place.organisation);
            }
            let table = Table::open(&args.folder, &workers.file.0, rows.dialect())?;
            let (mut report, invitees): (FileReport, Vec<Invitee>) =
                rows::take(client, &rows, table, (&workers.file.0, &survey), bar).await.context(workers.file.0.clone())?;
            report.written = rows.dialect().to_string();
            report.warnings.extend(warning);
            if let (Some(client), Some(path)) = (client, &args.invitations) {
                let all = invitees.len() as u64;
                let written = invitations::write(client, invitees, path, bar).await?;
                report.warnings.extend(not_invited(all - written));
                invitations = Some(written);
            }
            files.push(report);
        }
        if let (Some(mut rows), Some(roster)) = (self.roster, &map.roster) {
            if let Some((client, place)) = to {
                rows = rows.of(client, &place.organisation).await?;
            }
            let table = Table::open(&args.folder, &roster.file.0, rows.dialect())?;
            let report = rows.take(client, table, &roster.file.0, bar).await.context(roster.file.0.clone())?;
            files.push(FileReport { written: rows.dialect().to_string(), ..report });
        }
        if let Some(mut events) = self.calendar {
            if let Some((client, place)) = to {
                events = events.of(client, &place.organisation).await?;
            }
            files.push(events.take(client, bar).await.context("the calendar")?);
        }
        if let (Some((mut rows, survey)), Some(shifts)) = (self.shifts, &map.shifts) {
            if let Some((client, place)) = to {
                rows = rows.of(client, &place.organisation, &place.wards, &place.pool).await?;
            }
            let table = Table::open(&args.folder, &shifts.file.0, rows.dialect())?;
            let taken = rows::take(client, &rows, table, (&shifts.file.0, &survey), bar).await.context(shifts.file.0.clone())?;
            files.push(FileReport { written: rows.dialect().to_string(), ..taken.0 });
        }
        Ok(Report { organisation: map.organisation.name.clone(), dry_run: args.dry_run, made: Vec::new(), files, invitations })
    }
}

fn not_invited(count: u64) -> Option<String> {
    let warning = || {
        format!("{count} workers were invited before and get no other code: who of them cannot sign in yet is invited again in the portal")
    };
    (count > 0).then(warning)
}
