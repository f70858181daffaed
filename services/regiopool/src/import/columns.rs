//! Which columns a map names for workers, rosters and shifts; without a map's word the columns that have the names of the fields.

use serde::Deserialize;

use super::map_value::Column;

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
    pub(super) cost_centre: Option<Column>,
    /// Of somebody self-employed, what the assessment says, and when it was made.
    pub(super) assessment: Option<Column>,
    pub(super) assessed_on: Option<Column>,
    /// Free text: read only to refuse a row with a citizen service number in it (D20), stored nowhere.
    #[serde(default)]
    pub(super) remarks: Vec<Column>,
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
    /// The day of the end; else the first time of that hour after the start.
    pub(super) ends_on: Option<Column>,
    pub(super) ends_at: Column,
    pub(super) break_minutes: Option<Column>,
    pub(super) kind: Option<Column>,
}

/// Titles of the columns with what is known of an open shift.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShiftColumns {
    /// What names a shift for good: several columns where the system counts again in every period.
    pub(super) external_reference: Column,
    pub(super) ward: Column,
    /// The pool by its name; else that of the map.
    pub(super) pool: Option<Column>,
    pub(super) date: Column,
    pub(super) starts_at: Column,
    /// The day of the end; else the first time of that hour after the start.
    pub(super) ends_on: Option<Column>,
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

/// The column that has the name of its field.
fn own(field: &str) -> Column {
    Column::One(field.to_owned())
}

impl Default for WorkerColumns {
    fn default() -> Self {
        Self {
            personnel_number: own("personnel_number"),
            first_name: own("first_name"),
            last_name: own("last_name"),
            birth_date: own("birth_date"),
            postcode: own("postcode"),
            function_level: own("function_level"),
            hours_per_week: own("hours_per_week"),
            kind: own("kind"),
            from: own("from"),
            until: Some(own("until")),
            big_number: Some(own("big_number")),
            big_valid_until: Some(own("big_valid_until")),
            competences: Some(own("competences")),
            cost_centre: Some(own("cost_centre")),
            assessment: Some(own("assessment")),
            assessed_on: Some(own("assessed_on")),
            remarks: Vec::new(),
        }
    }
}

impl Default for RosterColumns {
    fn default() -> Self {
        Self {
            external_reference: own("external_reference"),
            personnel_number: own("personnel_number"),
            date: own("date"),
            starts_at: own("starts_at"),
            ends_on: Some(own("ends_on")),
            ends_at: own("ends_at"),
            break_minutes: Some(own("break_minutes")),
            kind: Some(own("kind")),
        }
    }
}

impl Default for ShiftColumns {
    fn default() -> Self {
        Self {
            external_reference: own("external_reference"),
            ward: own("ward"),
            pool: Some(own("pool")),
            date: own("date"),
            starts_at: own("starts_at"),
            ends_on: Some(own("ends_on")),
            ends_at: own("ends_at"),
            break_minutes: Some(own("break_minutes")),
            function_level: own("function_level"),
            places: own("places"),
            competences: Some(own("competences")),
            remarks: Vec::new(),
        }
    }
}

impl WorkerColumns {
    /// Every title that it names.
    pub(super) fn titles(&self) -> Vec<&str> {
        let required = [&self.personnel_number, &self.first_name, &self.last_name, &self.birth_date, &self.postcode];
        let more = [&self.function_level, &self.hours_per_week, &self.kind, &self.from];
        let optional = [&self.until, &self.big_number, &self.big_valid_until, &self.competences, &self.cost_centre];
        let optional = optional.into_iter().chain([&self.assessment, &self.assessed_on]);
        titles(required.into_iter().chain(more).chain(optional.flatten()).chain(&self.remarks))
    }
}

impl RosterColumns {
    /// Every title that it names.
    pub(super) fn titles(&self) -> Vec<&str> {
        let required = [&self.external_reference, &self.personnel_number, &self.date, &self.starts_at, &self.ends_at];
        titles(required.into_iter().chain(&self.ends_on).chain(&self.break_minutes).chain(&self.kind))
    }
}

impl ShiftColumns {
    /// Every title that it names.
    pub(super) fn titles(&self) -> Vec<&str> {
        let required = [&self.external_reference, &self.ward, &self.date, &self.starts_at, &self.ends_at];
        let more = [&self.function_level, &self.places];
        let optional = [&self.pool, &self.ends_on, &self.break_minutes, &self.competences];
        titles(required.into_iter().chain(more).chain(optional.into_iter().flatten()).chain(&self.remarks))
    }
}
