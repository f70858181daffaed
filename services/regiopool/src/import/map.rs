//! The map of an export: a TOML file that says how one roster system writes, and which organisation it writes about.
//!
//! Every mistake in a map names itself with its place, before anything is sent. What single values look like says [`map_value`](super::map_value).

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result, bail, ensure};
use proto::{
    flexpool::WorkKind,
    members::{Basis, Branch, EmploymentKind, FunctionLevel},
};
use serde::Deserialize;

use super::{
    dialect::Wish,
    map_value::{Column, Day, FileName, Name, by_key, words_by_key},
    notation::key,
};

/// A map is written by a person: a megabyte is a mistake.
const MAX_BYTES: u64 = 1 << 20;

/// How one roster system writes, and about whom.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Map {
    pub(super) organisation: Organisation,
    pub(super) pool: Pool,
    pub(super) agreement: Agreement,
    /// How its files are written; what is left out is found in each of them.
    #[serde(default)]
    pub(super) dialect: Wish,
    /// Job titles, as their look-up keys.
    #[serde(deserialize_with = "by_key")]
    pub(super) function_levels: BTreeMap<String, FunctionLevel>,
    /// Kinds of contract, as their look-up keys.
    #[serde(deserialize_with = "by_key")]
    pub(super) employment_kinds: BTreeMap<String, EmploymentKind>,
    /// Codes of the region for skills that the system calls otherwise, by the look-up keys of its own words.
    #[serde(default, deserialize_with = "words_by_key")]
    pub(super) competences: BTreeMap<String, String>,
    /// Kinds of work in the roster, as their look-up keys; a roster without such a column has only ordinary work.
    #[serde(default, deserialize_with = "by_key")]
    pub(super) work_kinds: BTreeMap<String, WorkKind>,
    pub(super) workers: Option<Workers>,
    pub(super) roster: Option<Roster>,
    pub(super) calendar: Option<CalendarFile>,
    pub(super) shifts: Option<Shifts>,
}

/// The employer; created when the region has none with this KvK number.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Organisation {
    pub(super) name: String,
    pub(super) kvk_number: String,
    pub(super) branch: Name<Branch>,
    pub(super) joined_on: Day,
    pub(super) wards: Vec<Ward>,
}

/// A ward; created when the organisation has none with this name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ward {
    pub(super) name: String,
    pub(super) postcode: String,
    /// What the system calls it too.
    #[serde(default)]
    pub(super) called: Vec<String>,
}

/// The pool in which the shifts are shared; created, or joined, when needed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pool {
    pub(super) name: String,
}

/// What the organisation agreed to; recorded when it has no agreement that begins on this day.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Agreement {
    pub(super) from: Day,
    pub(super) until: Option<Day>,
    pub(super) bases: Vec<Name<Basis>>,
    pub(super) works_council_decided_on: Day,
}

/// The file of workers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Workers {
    pub(super) file: FileName,
    /// Where this file is written otherwise than the others.
    #[serde(default)]
    pub(super) dialect: Wish,
    pub(super) columns: WorkerColumns,
}

/// Titles of the columns with what is known of a worker.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WorkerColumns {
    pub(super) personnel_number: Column,
    pub(super) first_name: Column,
    pub(super) last_name: Column,
    pub(super) birth_date: Column,
    pub(super) postcode: Column,
    pub(super) function_level: Column,
    pub(super) hours_per_week: Column,
    pub(super) kind: Column,
    pub(super) from: Column,
    pub(super) until: Option<Column>,
    pub(super) big_number: Option<Column>,
    pub(super) big_valid_until: Option<Column>,
    pub(super) competences: Option<Column>,
    /// Free text: read only to refuse a row with a citizen service number in it (D20), stored nowhere.
    #[serde(default)]
    pub(super) remarks: Vec<Column>,
}

/// The file of the organisation's own roster.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Roster {
    pub(super) file: FileName,
    /// Where this file is written otherwise than the others.
    #[serde(default)]
    pub(super) dialect: Wish,
    pub(super) columns: RosterColumns,
}

/// Titles of the columns with what is known of a block of the roster.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RosterColumns {
    /// As [`ShiftColumns::external_reference`].
    pub(super) external_reference: Column,
    pub(super) personnel_number: Column,
    pub(super) date: Column,
    pub(super) starts_at: Column,
    pub(super) ends_at: Column,
    pub(super) break_minutes: Option<Column>,
    pub(super) kind: Option<Column>,
}

/// The organisation's own roster as an iCalendar file, with the properties of its events.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CalendarFile {
    pub(super) file: FileName,
    pub(super) personnel_number: String,
    pub(super) break_minutes: Option<String>,
    pub(super) kind: Option<String>,
}

/// The file of open shifts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shifts {
    pub(super) file: FileName,
    /// Where this file is written otherwise than the others.
    #[serde(default)]
    pub(super) dialect: Wish,
    pub(super) columns: ShiftColumns,
}

/// Titles of the columns with what is known of an open shift.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShiftColumns {
    /// What names a shift for good: several columns where the system counts again in every period.
    pub(super) external_reference: Column,
    pub(super) ward: Column,
    pub(super) date: Column,
    pub(super) starts_at: Column,
    pub(super) ends_at: Column,
    pub(super) break_minutes: Option<Column>,
    pub(super) function_level: Column,
    pub(super) places: Column,
    pub(super) competences: Option<Column>,
    /// As [`WorkerColumns::remarks`].
    #[serde(default)]
    pub(super) remarks: Vec<Column>,
}

/// The titles that these keys name.
fn titles<'a>(columns: impl IntoIterator<Item = &'a Column>) -> Vec<&'a str> {
    columns.into_iter().flat_map(Column::titles).map(String::as_str).collect()
}

impl WorkerColumns {
    /// Every title that it names.
    pub(super) fn titles(&self) -> Vec<&str> {
        let required = [&self.personnel_number, &self.first_name, &self.last_name, &self.birth_date, &self.postcode];
        let more = [&self.function_level, &self.hours_per_week, &self.kind, &self.from];
        let optional = [&self.until, &self.big_number, &self.big_valid_until, &self.competences];
        titles(required.into_iter().chain(more).chain(optional.into_iter().flatten()).chain(&self.remarks))
    }
}

impl RosterColumns {
    /// Every title that it names.
    pub(super) fn titles(&self) -> Vec<&str> {
        let required = [&self.external_reference, &self.personnel_number, &self.date, &self.starts_at, &self.ends_at];
        titles(required.into_iter().chain(&self.break_minutes).chain(&self.kind))
    }
}

impl ShiftColumns {
    /// Every title that it names.
    pub(super) fn titles(&self) -> Vec<&str> {
        let required = [&self.external_reference, &self.ward, &self.date, &self.starts_at, &self.ends_at];
        let more = [&self.function_level, &self.places];
        titles(required.into_iter().chain(more).chain(&self.break_minutes).chain(&self.competences).chain(&self.remarks))
    }
}

impl Map {
    /// Reads a map. Errors name the file, the line and what was expected.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let shown = path.display();
        let bytes = std::fs::metadata(path).with_context(|| format!("the map {shown}"))?.len();
        ensure!(bytes <= MAX_BYTES, "the map {shown} has {bytes} bytes: expected at most {MAX_BYTES}");
        let text = std::fs::read_to_string(path).with_context(|| format!("the map {shown}"))?;
        Self::parse(&text).with_context(|| format!("the map {shown}"))
    }

    fn parse(text: &str) -> Result<Self> {
        let map: Self = toml::from_str(text)?;
        if map.workers.is_none() && map.roster.is_none() && map.calendar.is_none() && map.shifts.is_none() {
            bail!("describes no file: expected [workers], [roster], [calendar] or [shifts]");
        }
        let mut names: Vec<String> =
            map.organisation.wards.iter().flat_map(|ward| ward.called.iter().chain([&ward.name])).map(|name| key(name)).collect();
        names.sort();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            bail!("organisation.wards: {:?} stands twice", twice[0]);
        }
        if map.shifts.as_ref().is_some_and(|shifts| shifts.columns.external_reference.titles().is_empty()) {
            bail!("shifts.columns.external_reference: expected at least one title: without it a repeated import would publish twice");
        }
        if map.roster.as_ref().is_some_and(|roster| roster.columns.external_reference.titles().is_empty()) {
            bail!("roster.columns.external_reference: expected at least one title: without it nobody knows what has changed");
        }
        if map.roster.is_some() && map.calendar.is_some() {
            bail!("has a [roster] and a [calendar]: expected one of them, as the whole roster");
        }
        let (workers, roster) = (map.workers.as_ref().map(|file| &file.dialect), map.roster.as_ref().map(|file| &file.dialect));
        let shifts = map.shifts.as_ref().map(|file| &file.dialect);
        let own = [workers, roster, shifts].into_iter().flatten();
        for wish in own.map(|own| map.dialect.or(own)).chain([map.dialect.clone()]) {
            if wish.list.zip(wish.separator).is_some_and(|(list, separator)| list == char::from(separator.0)) {
                bail!("dialect.list: is the separator of the cells too");
            }
            if wish.full_week.is_some_and(|hours| !(1..=60).contains(&hours)) {
                bail!("dialect.full_week: expected 1 to 60 hours");
            }
        }
        Ok(map)
    }
}

#[cfg(test)]
impl CalendarFile {
    /// A calendar whose events have everything.
    pub(super) fn example() -> Self {
        let name = |text: &str| text.to_owned();
        let (break_minutes, kind) = (Some(name("X-PAUZE")), Some(name("CATEGORIES")));
        Self { file: FileName(name("rooster.ics")), personnel_number: name("X-PERSONEELSNUMMER"), break_minutes, kind }
    }
}

#[cfg(test)]
impl Map {
    /// The map of Zonnehof.
    pub(super) fn example() -> Self {
        Self::parse(tests::GOOD).expect("a map")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const GOOD: &str = include_str!("../../../../tests/data/zonnehof/zonnehof.toml");

    /// The good map with one piece of text replaced, and what it answers.
    fn error(old: &str, new: &str) -> String {
        assert!(GOOD.contains(old), "{old}");
        format!("{:#}", Map::parse(&GOOD.replacen(old, new, 1)).expect_err(new))
    }

    #[test]
    fn the_example_is_a_map() {
        let map = Map::parse(GOOD).expect("a map");
        assert_eq!(map.function_levels.get("verzorgende ig"), Some(&FunctionLevel::Carer));
        assert_eq!(map.employment_kinds.get("oproep"), Some(&EmploymentKind::OnCall));
        assert_eq!(map.organisation.wards.len(), 3);
    }

    #[test]
    fn a_mistake_in_a_map_names_itself() {
        for (old, new, part) in [
            ("separator = \";\"", "separator = \"ab\"", "separator"),
            ("separator = \";\"", "separator = \"|\"", "dialect.list"),
            ("separator = \";\"", "separator = \"\\\"\"", "stand between cells"),
            ("encoding = \"windows-1252\"", "encoding = \"latin-99\"", "\"latin-99\" is no encoding"),
            ("date = \"dd-mm-yyyy\"", "date = \"nl\"", "\"nl\" is no date notation"),
            ("time = \"hh:mm\"", "time = \"am/pm\"", "\"am/pm\" is no time notation"),
            ("decimal = \",\"", "decimal = \"'\"", "unknown variant `'`"),
            ("= \"household-help\"", "= \"astronaut\"", "\"astronaut\" is no function level: expected one of care-assistant, helper,"),
            ("= \"on-call\"", "= \"sometimes\"", "\"sometimes\" is no kind of contract: expected one of permanent, temporary, on-call"),
            ("\"zorgassistent\" =", "\"VERZORGENDE ig\" =", "\"verzorgende IG\" stands twice"),
            ("\"own-extra-hours\"", "\"charity\"", "\"charity\" is no legal basis"),
            ("branch = \"nursing-and-home-care\"", "branch = \"mining\"", "\"mining\" is no branch"),
            ("birth_date = ", "born = ", "unknown field `born`"),
            ("joined_on = 2026-", "joined_on = 2026-11-01T10:00:00 # ", "without a time"),
            ("file = \"medewerkers.csv\"", "file = \"../medewerkers.csv\"", "is no file name"),
            ("external_reference = [\"Dienstnr\", \"Datum\"]", "external_reference = []", "would publish twice"),
            ("external_reference = [\"Dienstnr\", \"Datum\"]", "external_reference = 1", "title of a column"),
            ("postcode = \"Postcode\"", "postcode = { column = \"Postcode\", until = \" \" }", "title of a column"),
            ("name = \"De Linde 2\"", "name = \"de  linde 1\"", "\"de linde 1\" stands twice"),
        ] {
            let error = error(old, new);
            assert!(error.contains(part), "{new}: {error}");
        }
        assert!(error("birth_date = ", "born = ").contains("line"), "the place is told");
    }

    #[test]
    fn a_map_without_files_is_refused() {
        let cut = GOOD.split("[workers]").next().expect("the part before the files");
        assert!(format!("{:#}", Map::parse(cut).expect_err("no files")).contains("describes no file"));
    }
}
