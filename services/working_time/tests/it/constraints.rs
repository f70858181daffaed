//! PRG-01, PRG-02 and CAO-11: limits on the roster for a time, without a reason.

use working_time::{Block, Consents, Constraint, Kind, Limit, Norms, Person, Rule};

use crate::support::{block, blocks, check, daily, day, every, judge_last, measured};

/// From Monday 2026-05-04 up to and including Sunday 2026-05-31.
fn with(limit: Limit) -> Person {
    let constraint = Constraint { from: day("2026-05-04"), until: Some(day("2026-05-31")), limit };
    Person { constraints: vec![constraint], ..Person::default() }
}

const NORMS: Norms = Norms { presence: true, reachable: true, ..Norms::LAW };

fn row(limit: Limit, work: &[Block], refused: bool) {
    let refused: &[&str] = if refused { &["CONSTRAINT"] } else { &[] };
    check(&with(limit), &NORMS, work, refused, &format!("{limit:?}: {work:?}"));
}

#[test]
fn no_night_is_no_night_shift_of_whatever_kind() {
    for (text, kind, refused) in [
        ("2026-05-04 15:00-01:00 30", Kind::Ordinary, false),
        ("2026-05-04 15:00-01:01 30", Kind::Ordinary, true),
        ("2026-05-31 23:00-07:00 30", Kind::Ordinary, true),
        // The day on which it starts is what counts.
        ("2026-06-01 23:00-07:00 30", Kind::Ordinary, false),
        ("2026-05-03 23:00-07:00 30", Kind::Ordinary, false),
        ("2026-05-05 22:00-07:00", Kind::Presence, true),
        ("2026-05-05 22:00-07:00", Kind::OnCall, true),
        ("2026-05-05 18:00-22:00", Kind::OnCall, false),
    ] {
        row(Limit::NoNight, &[block(text).of_kind(kind)], refused);
    }
}

#[test]
fn shifts_and_weeks_have_at_most_so_many_hours() {
    row(Limit::ShiftMinutes(600), &[block("2026-05-04 07:00-17:30 30")], false);
    row(Limit::ShiftMinutes(600), &[block("2026-05-04 07:00-17:31 45")], false);
    row(Limit::ShiftMinutes(600), &[block("2026-05-04 07:00-17:46 45")], true);
    row(Limit::ShiftMinutes(600), &[block("2026-06-01 07:00-17:46 45")], false);
    row(Limit::WeekMinutes(24 * 60), &daily("2026-05-04 08:00-16:30 30", 3), false);
    row(Limit::WeekMinutes(24 * 60), &daily("2026-05-04 08:00-16:31 30", 3), true);
    row(Limit::WeekMinutes(24 * 60), &daily("2026-06-07 08:00-16:31 30", 3), false);
}

#[test]
fn averages_are_over_the_weeks_that_the_constraint_touches() {
    // The days touch five weeks, from Sunday 3 May on. Fifty hours a week in four of them.
    let days: Vec<i64> = (0..4).flat_map(|week| (1..6).map(move |day| week * 7 + day)).collect();
    let mut work = every("2026-05-03 07:00-17:30 30", &days);
    row(Limit::FourWeekAverage(50 * 60), &work, false);
    work.push(block("2026-05-09 12:00-12:01"));
    row(Limit::FourWeekAverage(50 * 60), &work, true);
    // Sixteen weeks on average are these five.
    let all: Vec<i64> = (0..5).flat_map(|week| (1..6).map(move |day| week * 7 + day)).collect();
    let mut five = every("2026-05-03 07:00-16:30 30", &all);
    row(Limit::SixteenWeekAverage(45 * 60), &five, false);
    five.push(block("2026-05-09 12:00-12:01"));
    row(Limit::SixteenWeekAverage(45 * 60), &five, true);
}

#[test]
fn no_work_is_nothing_of_any_kind_on_those_days() {
    for (text, kind, refused) in [
        ("2026-05-03 16:00-24:00 30", Kind::Ordinary, false),
        ("2026-05-03 16:00-00:01 30", Kind::Ordinary, true),
        ("2026-05-31 20:00-24:00", Kind::OnCall, true),
        ("2026-06-01 00:00-04:00", Kind::OnCall, false),
        ("2026-05-20 10:00-12:00", Kind::Call, true),
    ] {
        row(Limit::NoWork, &[block(text).of_kind(kind)], refused);
    }
    let endless =
        Person { constraints: vec![Constraint { from: day("2026-05-04"), until: None, limit: Limit::NoWork }], ..Person::default() };
    check(&endless, &NORMS, &[block("2030-01-01 10:00-12:00")], &["CONSTRAINT"], "without an end");
    for kind in [Kind::Presence, Kind::OnCall, Kind::Reachable, Kind::Ordinary] {
        row(Limit::NoDuty, &[block("2026-05-05 10:00-12:00").of_kind(kind)], kind != Kind::Ordinary);
    }
}

#[test]
fn regular_hours_are_those_of_weekdays_unless_the_worker_consents() {
    for (text, minutes) in [
        ("2026-05-04 07:00-15:30 30", 0),
        ("2026-05-04 12:00-20:00 30", 0),
        ("2026-05-04 06:59-15:00 30", 1),
        ("2026-05-04 15:00-23:00 30", 180),
        ("2026-05-04 23:00-07:00 30", 480),
        ("2026-05-09 10:00-14:00", 240),
        ("2026-05-08 19:00-03:00 30", 420),
    ] {
        let work = [block(text)];
        row(Limit::RegularHours, &work, minutes > 0);
        let mut willing = with(Limit::RegularHours);
        willing.consents = Consents { irregular_hours: true, ..Consents::default() };
        let verdict = judge_last(&willing, &NORMS, &work);
        assert!(verdict.is_allowed(), "{text}");
        let used: Vec<(i64, i64)> = if minutes > 0 { vec![(minutes, 0)] } else { vec![] };
        assert_eq!(measured(&verdict.exceptions, Rule::Constraint), used, "{text}");
    }
}

#[test]
fn a_constraint_never_says_why() {
    // Its rule is the same for every limit, whoever set it.
    let verdict = judge_last(&with(Limit::NoNight), &NORMS, &blocks(&["2026-05-04 23:00-07:00 30"]));
    assert_eq!(verdict.refusals.iter().map(|finding| finding.rule.id()).collect::<Vec<_>>(), ["CONSTRAINT"]);
}
