//! How much more somebody may work.

use chassis::{ids::EmploymentId, time::LocalDate};
use chrono::Datelike;

use crate::{
    norms::Norms,
    person::Limit,
    roster::Roster,
    rules::{self, Cap},
    view::View,
    zone,
};

/// Minutes of work that week limits and averages still leave beside all that is known. Rest may leave less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoursLeft {
    /// In the week, Sunday to Saturday.
    pub week: i64,
    /// In the calendar month.
    pub month: i64,
}

/// Nobody works more on a day (ATW-01).
const DAY_WORK: i64 = 12 * 60;
/// More than any limit.
const ENDLESS: i64 = 1_000_000;

impl Roster {
    /// What is left in the week and in the month of a day (ATW-03, ATW-04, ATW-15, YTH-01, CAO-05 and constraints), for work under this
    /// employment and the values of its collective agreement.
    pub fn hours_left(&self, day: LocalDate, employment: Option<EmploymentId>, norms: &Norms) -> HoursLeft {
        let day_number = zone::day_number(day);
        let week = zone::week_of_day(day_number);
        let view = |part| View::new(&self.person, norms, self.adult_from, part, week, None);
        let mut caps: Vec<Cap> = Vec::new();
        rules::caps(&view(&self.all), &view(self.own(employment, norms)), |cap| caps.push(cap));
        let first_of_month = day_number - zone::narrow(i64::from(day.0.day0()));
        let month = first_of_month..first_of_month + i32::from(day.0.num_days_in_month());
        HoursLeft { week: self.left(&caps, zone::sunday(week)..zone::sunday(week + 1)), month: self.left(&caps, month) }
    }

    /// The most that can be added on these days. With P(w) for what is added before week w, every cap says P(end) <= P(first) + left, and
    /// added work is never negative; so the most is the length of the shortest way through the caps.
    fn left(&self, caps: &[Cap], days: std::ops::Range<i32>) -> i64 {
        let (first, end) = (zone::week_of_day(days.start), zone::week_of_day(days.end - 1) + 1);
        let place = |week: i32| usize::try_from(week.clamp(first, end) - first).unwrap_or(0);
        let size = place(end) + 1;
        let mut most = vec![vec![ENDLESS; size]; size];
        for (later, row) in most.iter_mut().enumerate() {
            row[..=later].fill(0);
        }
        for week in first..end {
            let free = (zone::sunday(week)..zone::sunday(week + 1)).filter(|day| days.contains(day) && !self.is_free_of_work(*day)).count();
            most[place(week)][place(week + 1)] = free as i64 * DAY_WORK;
        }
        for cap in caps {
            let (from, until) = (place(cap.first), place(cap.first + zone::narrow(cap.weeks as i64)));
            if from < until {
                most[from][until] = most[from][until].min((cap.limit - cap.work).max(0));
            }
        }
        for over in 0..size {
            for from in 0..size {
                for until in 0..size {
                    most[from][until] = most[from][until].min(most[from][over] + most[over][until]);
                }
            }
        }
        most[0][size - 1]
    }

    /// Whether a constraint forbids all work on a day.
    fn is_free_of_work(&self, day: i32) -> bool {
        self.person.constraints.iter().any(|constraint| {
            let (from, until) = constraint.days();
            constraint.limit == Limit::NoWork && (from..=until).contains(&day)
        })
    }
}
