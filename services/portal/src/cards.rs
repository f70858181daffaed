//! A shift as lists show it.

use chassis::time::{LocalDate, Timestamp};
use proto::{
    flexpool::{Shift, shift},
    members::FunctionLevel,
};
use wording::{Language, Words, clock, reasons, states};

/// A shift as lists show it.
pub(crate) struct Card {
    pub(crate) id: String,
    pub(crate) organisation: String,
    pub(crate) organisation_name: String,
    pub(crate) ward: String,
    pub(crate) ward_id: String,
    pub(crate) day: LocalDate,
    /// `23:00 – 07:00`.
    pub(crate) when: String,
    /// The whole moment, where no day stands above: `di 24 nov 23:00 – wo 25 nov 07:00`.
    pub(crate) moments: String,
    /// Work, breaks off: `7,5 uur`.
    pub(crate) work: String,
    pub(crate) level: &'static str,
    pub(crate) competences: Vec<String>,
    pub(crate) taken: i32,
    /// How many places are free, in words.
    pub(crate) free: String,
    pub(crate) is_full: bool,
    pub(crate) is_cancelled: bool,
    /// Neither taken back nor closed.
    pub(crate) is_open: bool,
    pub(crate) has_begun: bool,
    pub(crate) reference: String,
}

impl Card {
    /// How a shift looks now.
    pub(crate) fn new(words: Words, shift: &Shift, now: Timestamp) -> Self {
        let language = words.0;
        let (starts, ends) = (instant(shift.starts_at.as_ref()), instant(shift.ends_at.as_ref()));
        let is_cancelled = shift.state() == shift::State::Cancelled;
        Self {
            id: shift.id.clone(),
            organisation: shift.organisation.clone(),
            organisation_name: shift.organisation_name.clone(),
            ward: shift.ward_name.clone(),
            ward_id: shift.ward.clone(),
            day: starts.local_date(),
            when: clock::period(language, starts, ends),
            moments: clock::moments(language, starts, ends),
            work: clock::hours(language, i64::from(shift.work_minutes)),
            level: level(language, shift.function_level),
            competences: shift.competences.iter().map(|code| reasons::competence_name(code)).collect(),
            taken: shift.taken,
            free: free(words, shift),
            is_full: shift.taken + shift.held >= shift.places,
            is_cancelled,
            is_open: shift.state() == shift::State::Open,
            has_begun: starts <= now,
            reference: shift.external_reference.clone(),
        }
    }
}

fn instant(proto: Option<&prost_types::Timestamp>) -> Timestamp {
    proto.and_then(Timestamp::from_proto).unwrap_or(Timestamp(0))
}

fn level(language: Language, value: i32) -> &'static str {
    states::function_level(language, FunctionLevel::try_from(value).unwrap_or_default())
}

/// How many places of a shift are free, in words.
pub(crate) fn free(words: Words, shift: &Shift) -> String {
    if matches!(shift.state(), shift::State::Cancelled | shift::State::Closed) {
        return states::shift_state(words.0, shift.state()).to_owned();
    }
    words.places_free(shift.places - shift.taken - shift.held, shift.places)
}

/// Things of one day.
pub(crate) struct Day<T> {
    pub(crate) heading: String,
    pub(crate) date: String,
    pub(crate) items: Vec<T>,
}

/// Puts things that are in order of time under the headings of their days.
pub(crate) fn by_day<T>(language: Language, today: LocalDate, items: impl IntoIterator<Item = (LocalDate, T)>) -> Vec<Day<T>> {
    let mut days: Vec<Day<T>> = Vec::new();
    for (date, item) in items {
        let text = date.to_string();
        match days.last_mut().filter(|day| day.date == text) {
            Some(day) => day.items.push(item),
            None => days.push(Day { heading: clock::heading(language, date, today), date: text, items: vec![item] }),
        }
    }
    days
}
