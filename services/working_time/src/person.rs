//! What must be known of a person besides the work.

use chassis::time::LocalDate;

use crate::zone;

/// What the rules ask about a person. [`Person::default`] is an adult of whom nothing else is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// Day of the 18th birthday (YTH-01); absent: an adult.
    pub eighteen_on: Option<LocalDate>,
    /// Day of the 55th birthday (CAO-08); absent: younger.
    pub fifty_five_on: Option<LocalDate>,
    /// Day of the 57th birthday (CAO-08); absent: younger.
    pub fifty_seven_on: Option<LocalDate>,
    /// What was set for a time, by whomever (D7).
    pub constraints: Vec<Constraint>,
    /// What the person agreed to, on the day for which is judged.
    pub consents: Consents,
    /// What is known of the weeks of a year, for the few rules that look so far back. In the 31 weeks around a candidate, of which all
    /// blocks must be given, these count alone.
    pub weeks: Vec<WeekRecord>,
    /// Whether all work at every employer is known; else a verdict is `incomplete`.
    pub all_work_known: bool,
}

/// Recorded consents of the worker. Each makes something lawful that is refused without it; that it was needed is told in the verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Consents {
    /// No objection to nights at an age that is exempt (CAO-08).
    pub nights_at_age: bool,
    /// No objection to irregular hours where a constraint asks for regular ones (CAO-11).
    pub irregular_hours: bool,
    /// Split shifts (CAO-12).
    pub split_shifts: bool,
    /// Asked for longer series of nights than the collective agreement has otherwise (CAO-09).
    pub longer_night_series: bool,
    /// On average 60 hours a week over 26 weeks with presence duties, in writing (ATB-02).
    pub sixty_hours_with_presence: bool,
    /// Sunday work was agreed on (ATW-07).
    pub sunday_work: bool,
    /// A health check was offered before the first night work, or there was night work before (ATW-20).
    pub night_work: bool,
}

/// A limit on the roster for a time, without a reason (PRG-04). Both days are included; without a last day it holds on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Constraint {
    /// First day.
    pub from: LocalDate,
    /// Last day.
    pub until: Option<LocalDate>,
    /// What is limited.
    pub limit: Limit,
}

/// What a constraint limits. Minutes are of work without breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// No work and no duty at all (PRG-02).
    NoWork,
    /// No night shift (ATW-10), presence and on-call duty in the night included (PRG-01).
    NoNight,
    /// No presence, on-call or reachable duty.
    NoDuty,
    /// Only Monday to Friday between 07:00 and 20:00, unless the worker consented to other hours (CAO-11).
    RegularHours,
    /// At most so much in one shift (PRG-01).
    ShiftMinutes(i32),
    /// At most so much in one week.
    WeekMinutes(i32),
    /// At most so much a week on average over four weeks (PRG-01); of a shorter time over all of it.
    FourWeekAverage(i32),
    /// At most so much a week on average over sixteen weeks (PRG-01); of a shorter time over all of it.
    SixteenWeekAverage(i32),
}

/// What is kept of a past or planned week beyond the blocks (D27).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeekRecord {
    /// A day of the week, Sunday to Saturday.
    pub week: LocalDate,
    /// Work in minutes.
    pub work: i32,
    /// Night shifts that ended after 02:00 (ATW-14).
    pub late_nights: i32,
    /// Night shifts longer than ten hours of work (ATW-02).
    pub extended_nights: i32,
    /// Presence duties (ATB-02).
    pub presence: i32,
    /// Whether there was work on the Sunday.
    pub sunday: bool,
    /// Whether there was work on the Saturday.
    pub saturday: bool,
}

impl Constraint {
    /// The first and the last day as numbers.
    pub(crate) fn days(&self) -> (i32, i32) {
        (zone::day_number(self.from), self.until.map_or(i32::MAX, zone::day_number))
    }
}
