//! The files of a folder: looked over as a whole before anything is sent, then taken one after the other.

use std::{collections::HashMap, path::Path};

use anyhow::{Context, Result};
use chassis::time::real_now;
use chrono::Datelike;
use indicatif::ProgressBar;
use proto::members::{ListWorkerFilesRequest, WorkerFile};

use super::{
    Place,
    calendar::Events,
    dialect::{self, Dialect, Shape, Shown, Wish},
    invitations,
    map::{Map, Section},
    map_value::FileName,
    records::{Absence, Agreements, Contracts, Locations, Record, RecordFile, Skills, Wards},
    report::{FileReport, Report},
    rosters::RosterRows,
    row::Invitee,
    rows::{self, Survey},
    shifts::ShiftRows,
    table::{Source, Table, Titles},
    workers::WorkerRows,
};
use crate::client::Client;

/// Whole files of an organisation's workers, by their personnel numbers there.
pub(super) type Known = HashMap<String, WorkerFile>;

/// What is taken, and how.
pub(super) struct Take<'a> {
    pub(super) folder: &'a Path,
    pub(super) map: &'a Map,
    /// Where invitations are written.
    pub(super) invitations: Option<&'a Path>,
    pub(super) bar: &'a ProgressBar,
}

/// The files, looked over before anything is sent.
pub(super) struct Files {
    locations: Option<RecordFile<Locations>>,
    wards: Option<RecordFile<Wards>>,
    agreements: Option<RecordFile<Agreements>>,
    workers: Option<(WorkerRows, Survey, Option<String>)>,
    employments: Option<RecordFile<Contracts>>,
    competences: Option<RecordFile<Skills>>,
    unavailability: Option<RecordFile<Absence>>,
    roster: Option<RosterRows>,
    calendar: Option<Events>,
    shifts: Option<(ShiftRows, Survey)>,
}

fn look<R: Record>(folder: &Path, section: Option<&Section>, map: &Map) -> Result<Option<RecordFile<R>>> {
    section.map(|section| RecordFile::look(folder, section, &map.dialect)).transpose()
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
        let workers = workers.transpose()?;
        let roster = map.roster.as_ref().map(|roster| {
            let file = Opened::look(folder, &roster.file, map, &roster.dialect, &roster.columns.titles())?;
            let rows = RosterRows::new(file.titles.clone(), &roster.columns, map, file.dialect.clone(), file.this_year)?;
            let written = file.written(&rows.shown())?;
            anyhow::Ok(rows.written(written))
        });
        let roster = roster.transpose()?;
        let calendar = map.calendar.as_ref().map(|calendar| Events::open(folder, calendar, map));
        let shifts = map.shifts.as_ref().map(|shifts| {
            let file = Opened::look(folder, &shifts.file, map, &shifts.dialect, &shifts.columns.titles())?;
            let rows = ShiftRows::new(file.titles.clone(), &shifts.columns, map, file.dialect.clone(), file.this_year)?;
            let written = file.written(&rows.shown())?;
            let survey = file.survey(None)?;
            anyhow::Ok((rows.written(written), survey))
        });
        let wards: Option<RecordFile<Wards>> = look(folder, map.wards.as_ref(), map)?;
        let names = wards.as_ref().map(|file| file.texts(folder, "name")).transpose()?.unwrap_or_default();
        let shifts = shifts.transpose()?.map(|(rows, survey)| (rows.with_wards(&names), survey));
        Ok(Self {
            locations: look(folder, map.locations.as_ref(), map)?,
            wards,
            agreements: look(folder, map.agreements.as_ref(), map)?,
            workers,
            employments: look(folder, map.employments.as_ref(), map)?,
            competences: look(folder, map.competences.as_ref(), map)?,
            unavailability: look(folder, map.unavailability.as_ref(), map)?,
            roster,
            calendar: calendar.transpose()?,
            shifts,
        })
    }

    /// Takes the rows: places first, then workers, so that they are known when shifts are open, and what they do already before what they
    /// may claim. Without a client nothing is sent.
    pub(super) async fn take(self, take: &Take<'_>, to: Option<(&Client, &Place)>) -> Result<Report> {
        let (client, bar) = (to.map(|(client, _)| client), take.bar);
        let (mut files, mut invitations) = (Vec::new(), None);
        places((self.locations, self.wards, self.agreements), take, to, &mut files).await?;
        if let (Some((mut rows, survey, warning)), Some(workers)) = (self.workers, &take.map.workers) {
            if let Some((_, place)) = to {
                rows = rows.of(&place.organisation);
            }
            let name = &workers.file.0;
            let table = Table::open(take.folder, name, rows.dialect())?;
            let (mut report, invitees): (FileReport, Vec<Invitee>) =
                rows::take(client, &rows, table, (name, &survey), bar).await.context(name.clone())?;
            report.written = rows.dialect().to_string();
            report.warnings.extend(warning);
            if let (Some(client), Some(path)) = (client, take.invitations) {
                let all = invitees.len() as u64;
                let written = invitations::write(client, invitees, path, bar).await?;
                report.warnings.extend(not_invited(all - written));
                invitations = Some(written);
            }
            files.push(report);
        }
        people((self.employments, self.competences, self.unavailability), take, to, &mut files).await?;
        if let (Some(mut rows), Some(roster)) = (self.roster, &take.map.roster) {
            if let Some((client, place)) = to {
                rows = rows.of(client, &place.organisation).await?;
            }
            let table = Table::open(take.folder, &roster.file.0, rows.dialect())?;
            let report = rows.take(client, table, &roster.file.0, bar).await.context(roster.file.0.clone())?;
            files.push(FileReport { written: rows.dialect().to_string(), ..report });
        }
        if let Some(mut events) = self.calendar {
            if let Some((client, place)) = to {
                events = events.of(client, &place.organisation).await?;
            }
            files.push(events.take(client, bar).await.context("the calendar")?);
        }
        if let (Some((mut rows, survey)), Some(shifts)) = (self.shifts, &take.map.shifts) {
            if let Some((client, place)) = to {
                rows = rows.of(client, place).await?;
            }
            let table = Table::open(take.folder, &shifts.file.0, rows.dialect())?;
            let taken = rows::take(client, &rows, table, (&shifts.file.0, &survey), bar).await.context(shifts.file.0.clone())?;
            files.push(FileReport { written: rows.dialect().to_string(), ..taken.0 });
        }
        let organisation = take.map.organisation.name.clone().unwrap_or_else(|| take.map.organisation.kvk_number.clone());
        Ok(Report { organisation, dry_run: to.is_none(), made: Vec::new(), files, invitations })
    }
}

type Places = (Option<RecordFile<Locations>>, Option<RecordFile<Wards>>, Option<RecordFile<Agreements>>);

/// Takes where an organisation works and what it agreed to.
async fn places(of: Places, take: &Take<'_>, to: Option<(&Client, &Place)>, files: &mut Vec<FileReport>) -> Result<()> {
    let (locations, wards, agreements) = of;
    let (client, folder, bar) = (to.map(|(client, _)| client), take.folder, take.bar);
    if let Some(file) = locations {
        let record = match to {
            Some((client, place)) => Locations::of(client, &place.organisation).await?,
            None => Locations::default(),
        };
        files.push(file.take(folder, record, client, bar).await?);
    }
    if let Some(file) = wards {
        let record = match to {
            Some((client, place)) => Wards::of(client, &place.organisation).await?,
            None => Wards::default(),
        };
        files.push(file.take(folder, record, client, bar).await?);
    }
    if let Some(file) = agreements {
        let record = match to {
            Some((client, place)) => Agreements::of(client, &place.organisation).await?,
            None => Agreements::default(),
        };
        files.push(file.take(folder, record, client, bar).await?);
    }
    Ok(())
}

type People = (Option<RecordFile<Contracts>>, Option<RecordFile<Skills>>, Option<RecordFile<Absence>>);

/// Takes more of the workers who are there.
async fn people(of: People, take: &Take<'_>, to: Option<(&Client, &Place)>, files: &mut Vec<FileReport>) -> Result<()> {
    let (employments, competences, unavailability) = of;
    let (client, folder, bar) = (to.map(|(client, _)| client), take.folder, take.bar);
    if employments.is_none() && competences.is_none() && unavailability.is_none() {
        return Ok(());
    }
    let mut known = match to {
        Some((client, place)) => known(client, &place.organisation).await?,
        None => Known::new(),
    };
    if let Some(file) = employments {
        let record = match to {
            Some((client, place)) => Contracts::of(client, &place.organisation, take.map, &known).await?,
            None => Contracts::new(take.map),
        };
        let report = file.take(folder, record, client, bar).await?;
        // Who got a further number is known by it from now on.
        if let (Some((client, place)), true) = (to, report.taken > 0) {
            known = self::known(client, &place.organisation).await?;
        }
        files.push(report);
    }
    if let Some(file) = competences {
        let record = if to.is_some() { Skills::of(take.map, &known) } else { Skills::new(take.map) };
        files.push(file.take(folder, record, client, bar).await?);
    }
    if let Some(file) = unavailability {
        let record = if to.is_some() { Absence::of(&known) } else { Absence::default() };
        files.push(file.take(folder, record, client, bar).await?);
    }
    Ok(())
}

/// What the region knows of an organisation's workers.
async fn known(client: &Client, organisation: &str) -> Result<Known> {
    let request = ListWorkerFilesRequest { organisation: organisation.to_owned(), ..Default::default() };
    let mut known = Known::new();
    for file in client.all(request).await.context("the workers")? {
        let employments = file.worker.iter().flat_map(|worker| &worker.employments).filter(|one| one.organisation == organisation);
        let numbers: Vec<String> = employments.map(|one| one.personnel_number.clone()).collect();
        known.extend(numbers.into_iter().map(|number| (number, file.clone())));
    }
    Ok(known)
}

fn not_invited(count: u64) -> Option<String> {
    let warning = || {
        format!("{count} workers were invited before and get no other code: who of them cannot sign in yet is invited again in the portal")
    };
    (count > 0).then(warning)
}
