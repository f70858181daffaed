//! Events of an iCalendar file (RFC 5545) as blocks of a roster; their UIDs are the references.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use anyhow::{Context, Result, anyhow, ensure};
use chassis::time::{LocalDate, Timestamp, ZONE};
use chrono::{NaiveDateTime, TimeZone, Timelike};
use icalendar::{Calendar, CalendarComponent, CalendarDateTime, Component, DatePerhapsTime, Event};
use indicatif::ProgressBar;
use proto::flexpool::{LocalTime, RosterBlock, WorkKind};

use super::{
    blocks::{Days, Planned, Sender, Unread, employments},
    map::{CalendarFile, Map},
    notation::key,
    number::whole_number,
    report::{FileReport, Problem},
};
use crate::client::Client;

/// A calendar is read as a whole.
const MAX_BYTES: u64 = 64 << 20;

/// Reads and sends the events of one calendar.
pub(super) struct Events {
    file: CalendarFile,
    kinds: BTreeMap<String, WorkKind>,
    text: String,
    organisation: String,
    /// The organisation's employments by personnel number; `None` when nothing is sent.
    employments: Option<HashMap<String, String>>,
}

impl Events {
    /// Opens the calendar in a folder. Errors: it is not there, too large or no calendar.
    pub(super) fn open(folder: &Path, file: &CalendarFile, map: &Map) -> Result<Self> {
        let path = folder.join(&file.file.0);
        let shown = path.display();
        let bytes = std::fs::metadata(&path).with_context(|| format!("cannot read {shown}"))?.len();
        ensure!(bytes <= MAX_BYTES, "{shown} has {bytes} bytes: expected at most {MAX_BYTES}");
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {shown}"))?;
        let (file, kinds) = (file.clone(), map.work_kinds.clone());
        let events = Self { file, kinds, text, organisation: String::new(), employments: None };
        events.calendar().with_context(|| format!("{shown} is no calendar"))?;
        Ok(events)
    }

    fn calendar(&self) -> Result<Calendar> {
        self.text.parse().map_err(|error: String| anyhow!(error.lines().next().unwrap_or_default().to_owned()))
    }

    /// The same for this organisation, with what the region knows of its employments.
    pub(super) async fn of(mut self, client: &Client, organisation: &str) -> Result<Self> {
        self.employments = Some(employments(client, organisation).await?);
        organisation.clone_into(&mut self.organisation);
        Ok(self)
    }

    /// Takes every event as the whole roster of its days; without a client says which would be sent.
    pub(super) async fn take(&self, client: Option<&Client>, bar: &ProgressBar) -> Result<FileReport> {
        let begins = |(_, line): &(usize, &str)| line.trim_end().eq_ignore_ascii_case("BEGIN:VEVENT");
        let mut lines = self.text.lines().enumerate().filter(begins).map(|(line, _)| line as u64 + 1);
        let mut days = Days::default();
        for component in &self.calendar()?.components {
            let CalendarComponent::Event(event) = component else { continue };
            let line = lines.next().unwrap_or_default();
            // What was cancelled is no more.
            if value(event, "STATUS") != Some("CANCELLED") {
                days.add(line, self.read(event, line));
            }
        }
        let titles = [
            ("external_reference", "UID".to_owned()),
            ("employment", self.file.personnel_number.clone()),
            ("starts_at", "DTSTART".to_owned()),
            ("ends_at", "DTEND".to_owned()),
            ("break_minutes", self.file.break_minutes.clone().unwrap_or_default()),
            ("kind", self.file.kind.clone().unwrap_or_default()),
        ];
        let sender = Sender { organisation: self.organisation.clone(), titles: titles.into() };
        sender.send_all(client, &self.file.file.0, days, bar).await
    }

    fn read(&self, event: &Event, line: u64) -> Result<Planned, Unread> {
        let mut problems = Vec::new();
        let mut note = |title: &str, reason: &str| problems.push(Problem { column: title.to_owned(), reason: reason.to_owned() });
        if value(event, "RRULE").is_some() {
            note("RRULE", "repeats: expected an event for every time");
        }
        let uid = value(event, "UID").unwrap_or_default().trim();
        if uid.is_empty() {
            note("UID", "is empty");
        }
        let external_reference = if uid.is_empty() { Vec::new() } else { [uid].into_iter().chain(value(event, "RECURRENCE-ID")).collect() };
        let external_reference = external_reference.join(" ");
        let number = value(event, &self.file.personnel_number).unwrap_or_default().trim();
        let employment = match &self.employments {
            _ if number.is_empty() => Err("is empty"),
            None => Ok(String::new()),
            Some(known) => known.get(number).cloned().ok_or("is no personnel number of the organisation"),
        };
        let employment = employment.map_err(|reason| note(&self.file.personnel_number, reason)).ok();
        let starts_at = local_time(event.get_start()).map_err(|reason| note("DTSTART", reason)).ok();
        let ends_at = local_time(event.get_end()).map_err(|reason| note("DTEND", reason)).ok();
        let break_minutes = match self.file.break_minutes.as_deref().and_then(|title| Some((title, value(event, title)?))) {
            None => 0,
            Some((title, text)) => whole_number(text.trim()).map_err(|reason| note(title, &reason)).unwrap_or_default(),
        };
        let kind = match self.file.kind.as_deref().and_then(|title| Some((title, value(event, title)?))) {
            None => WorkKind::Ordinary,
            Some((title, text)) => self.kinds.get(&key(text)).copied().unwrap_or_else(|| {
                note(title, "is an unknown kind of work: the map's [work_kinds] does not name it");
                WorkKind::Ordinary
            }),
        };
        let (Some(employment), Some((day, starts_at)), Some((_, ends_at)), true) = (employment, starts_at, ends_at, problems.is_empty())
        else {
            return Err(Unread { external_reference, problems });
        };
        let (starts_at, ends_at) = (Some(starts_at), Some(ends_at));
        let block = RosterBlock { external_reference, employment, starts_at, ends_at, break_minutes, kind: kind.into() };
        Ok(Planned { line, day, block })
    }
}

/// The first value of a property.
fn value<'a>(event: &'a Event, name: &str) -> Option<&'a str> {
    event.property_value(name).or_else(|| event.multi_properties().get(name).and_then(|all| all.first()).map(icalendar::Property::value))
}

/// A time as the service takes it: on the clock in Europe/Amsterdam, which is also meant by a time without a zone.
fn local_time(time: Option<DatePerhapsTime>) -> Result<(LocalDate, LocalTime), &'static str> {
    let instant = match time.ok_or("is missing")? {
        DatePerhapsTime::Date(_) => return Err("is a day without a time"),
        DatePerhapsTime::DateTime(CalendarDateTime::Utc(time)) => Timestamp::from_utc(time),
        DatePerhapsTime::DateTime(CalendarDateTime::Floating(time)) => at(ZONE, time)?,
        DatePerhapsTime::DateTime(CalendarDateTime::WithTimezone { date_time, tzid }) => {
            at(tzid.parse::<chrono_tz::Tz>().map_err(|_| "is in an unknown time zone")?, date_time)?
        }
    };
    let (day, local) = (instant.local_date(), instant.local());
    let minute = local.hour() * 60 + local.minute();
    let second_pass = day.at_minute(minute, true).is_ok_and(|second| second.minutes_since(instant) == 0);
    Ok((day, LocalTime { date: Some(day.to_proto()), minute: i32::try_from(minute).unwrap_or_default(), second_pass }))
}

fn at(zone: chrono_tz::Tz, time: NaiveDateTime) -> Result<Timestamp, &'static str> {
    let time = zone.from_local_datetime(&time).earliest().ok_or("is a time that the clock skips")?;
    Ok(Timestamp(time.timestamp_micros()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALENDAR: &str = include_str!("../../../../tests/data/rooster.ics");

    fn events(text: &str) -> Events {
        let mut map = Map::example();
        map.work_kinds = [("slaapdienst".to_owned(), WorkKind::Presence)].into();
        let file = CalendarFile::example();
        let known = [("10003".to_owned(), "emp_1".to_owned())].into();
        Events { file, kinds: map.work_kinds, text: text.to_owned(), organisation: "org_1".to_owned(), employments: Some(known) }
    }

    fn read(text: &str) -> Vec<Result<RosterBlock, Vec<(String, String)>>> {
        let events = events(text);
        let calendar = events.calendar().expect("a calendar");
        let event = |component: &CalendarComponent| component.as_event().map(|event| events.read(event, 1));
        let told = |unread: Unread| unread.problems.into_iter().map(|problem| (problem.column, problem.reason)).collect();
        calendar.components.iter().filter_map(event).map(|read| read.map(|planned| planned.block).map_err(told)).collect()
    }

    #[test]
    fn events_are_blocks_on_the_clock_of_amsterdam() {
        let read = read(CALENDAR);
        let good: Vec<_> = read.iter().filter_map(|read| read.as_ref().ok()).collect();
        let told = |block: &RosterBlock| {
            let time = |time: &Option<LocalTime>| time.as_ref().map(|time| (time.date.map(|date| date.day), time.minute, time.second_pass));
            (block.external_reference.clone(), time(&block.starts_at), time(&block.ends_at), block.break_minutes, block.kind())
        };
        let expected = [
            ("a-1@example", Some((Some(7), 420, false)), Some((Some(7), 900, false)), 30, WorkKind::Ordinary),
            ("a-2@example", Some((Some(8), 1350, false)), Some((Some(9), 420, false)), 0, WorkKind::Presence),
            ("a-3@example 20261209T060000Z", Some((Some(9), 420, false)), Some((Some(9), 660, false)), 0, WorkKind::Ordinary),
        ];
        let good: Vec<_> = good.into_iter().map(told).collect();
        assert_eq!(good, expected.map(|(reference, start, end, rest, kind)| (reference.to_owned(), start, end, rest, kind)));
    }

    #[test]
    fn what_cannot_be_a_block_names_its_property() {
        let bad: Vec<Vec<(String, String)>> = read(CALENDAR).into_iter().filter_map(Result::err).collect();
        let columns: Vec<Vec<&str>> = bad.iter().map(|problems| problems.iter().map(|(column, _)| column.as_str()).collect()).collect();
        assert_eq!(columns, [vec!["RRULE"], vec!["X-PERSONEELSNUMMER", "DTSTART", "DTEND"], vec!["CATEGORIES"]]);
    }
}
