//! The verdict as a difference, what is told beside it, and the questions around it.

use std::time::Duration;

use chassis::time::Timestamp;
use working_time::{Block, Consents, Constraint, Limit, Norms, Outcome, Person, Roster, Rule, Unit};

use crate::support::{
    LONG_BEFORE, agreement, at, block, blocks, daily, day, employment, every, ids, judge_last, measured, refused_on_the_way,
};

const LAW: Norms = Norms::LAW;

fn judge(candidate: &str, others: &[&str]) -> working_time::Verdict {
    Roster::new(Person::default(), blocks(others)).judge(&block(candidate), &LAW, LONG_BEFORE)
}

#[test]
fn an_overlap_is_refused_alone_whatever_it_overlaps() {
    for (candidate, others, minutes) in [
        ("2026-05-04 22:00-06:00", &["2026-05-04 15:00-23:00 30"] as &[&str], &[60][..]),
        ("2026-05-04 15:00-16:00", &["2026-05-04 08:00-16:00 30", "2026-05-04 15:30-17:00"], &[60, 30]),
        // The two passes of the hour that comes twice are different hours.
        ("2026-10-25 02:00*-02:59*", &["2026-10-25 02:00-02:59"], &[]),
    ] {
        let verdict = judge(candidate, others);
        let found: Vec<i64> = measured(&verdict.refusals, Rule::Overlap).into_iter().map(|(minutes, _)| minutes).collect();
        assert_eq!(found, minutes, "{candidate}");
        assert_eq!(ids(&verdict.refusals).len(), usize::from(!minutes.is_empty()), "{candidate}");
    }
}

#[test]
fn work_that_touches_does_not_overlap() {
    let verdict = judge("2026-05-04 12:00-16:00", &["2026-05-04 08:00-12:00", "2026-05-04 16:00-18:00"]);
    assert_eq!(ids(&verdict.refusals), ["ATW-09"], "ten hours without a break");
}

#[test]
fn what_was_broken_before_is_told_apart() {
    let others = ["2026-05-04 07:00-20:00 30", "2026-05-04 19:00-21:00"];
    let verdict = judge("2026-05-06 07:00-15:00 30", &others);
    assert_eq!(verdict.outcome, Outcome::Allowed);
    assert_eq!(ids(&verdict.older), ["ATW-01", "ATW-09", "OVERLAP"]);
    assert_eq!(verdict.older.iter().map(|finding| finding.candidate).collect::<Vec<_>>(), [false; 3]);
    // Made worse, it is the candidate's.
    let verdict = judge("2026-05-04 22:00-23:30", &others);
    assert_eq!(ids(&verdict.refusals), ["ATW-01", "ATW-05"]);
    assert_eq!(ids(&verdict.older), ["OVERLAP"], "the hour between is a break");
}

#[test]
fn a_new_window_is_not_excused_by_an_old_one_beside_it() {
    // Weeks 1 to 4 are too long already; the candidate makes weeks 3 to 6 too long too, though less.
    let days: Vec<i64> = (0..4).flat_map(|week| (0..5).map(move |day| week * 7 + day)).collect();
    let mut work = every("2026-05-04 07:00-18:57 45", &days);
    work.extend(every("2026-06-01 07:00-18:45 45", &[0, 1, 2, 3, 4]));
    work.extend(every("2026-06-08 07:00-18:45 45", &[0, 1, 2]));
    work.push(block("2026-06-11 07:00-18:00 45"));
    work.push(block("2026-06-12 07:00-18:00 45"));
    let verdict = judge_last(&Person::default(), &LAW, &work);
    assert_eq!(ids(&verdict.refusals), ["ATW-04a"]);
    assert_eq!(ids(&verdict.older), ["ATW-04a"]);
    assert!(verdict.older[0].measured > verdict.refusals[0].measured);
}

#[test]
fn a_finding_names_its_window_and_its_blocks() {
    let others = blocks(&["2026-05-06 15:00-23:00 30", "2026-05-04 15:00-23:00 30", "2026-05-05 07:00-15:00 30"]);
    let roster = Roster::new(Person::default(), others.clone());
    let verdict = roster.judge(&block("2026-05-07 07:00-15:00 30"), &LAW, LONG_BEFORE);
    let finding = &verdict.refusals[0];
    assert_eq!((finding.rule, finding.measured, finding.limit, finding.unit()), (Rule::DailyRest, 480, 660, Unit::Minutes));
    assert_eq!((finding.from, finding.until), (at("2026-05-06 23:00"), at("2026-05-07 07:00")));
    assert_eq!((finding.blocks.as_slice(), finding.candidate), (&[0][..], true));
    assert!(verdict.incomplete);
    let known = Person { all_work_known: true, ..Person::default() };
    assert!(!Roster::new(known, others).judge(&block("2026-05-07 07:00-15:00 30"), &LAW, LONG_BEFORE).incomplete);
    // Weeks: all blocks in them, in order of time.
    let six = daily("2026-05-03 08:00-18:30 30", 6);
    let roster = Roster::new(Person::default(), six);
    let finding = &roster.judge(&block("2026-05-09 12:00-12:01"), &LAW, LONG_BEFORE).refusals[0];
    assert_eq!((finding.from, finding.until), (at("2026-05-03 00:00"), at("2026-05-10 00:00")));
    assert_eq!(finding.blocks, [0, 1, 2, 3, 4, 5]);
}

#[test]
fn an_exception_is_told_when_the_candidate_uses_it() {
    let verdict = judge("2026-05-05 07:00-15:00 30", &["2026-05-04 15:00-23:00 30"]);
    assert_eq!(verdict.outcome, Outcome::AllowedWithException);
    assert_eq!(measured(&verdict.exceptions, Rule::DailyRest), [(480, 660)]);
    let verdict = judge("2026-05-06 07:00-15:00 30", &["2026-05-04 15:00-23:00 30", "2026-05-05 07:00-15:00 30"]);
    assert_eq!(verdict.outcome, Outcome::Allowed, "it was used before");
}

#[test]
fn a_series_is_judged_shift_by_shift() {
    let early = every("2026-05-05 07:00-15:00 30", &[0, 2]);
    let late = every("2026-05-04 15:00-23:00 30", &[0, 2]);
    let verdicts = Roster::new(Person::default(), late).judge_all(&[early[1], early[0]], |_| LAW, LONG_BEFORE);
    assert_eq!(verdicts.iter().map(|verdict| verdict.outcome).collect::<Vec<_>>(), [Outcome::Refused, Outcome::AllowedWithException]);
}

#[test]
fn the_next_start_that_is_allowed_is_exact() {
    let next = |candidate: &str, others: &[Block], norms: &Norms| {
        Roster::new(Person::default(), others.to_vec()).next_allowed(&block(candidate), norms, Duration::from_secs(14 * 86_400))
    };
    let late = blocks(&["2026-05-02 15:00-23:00 30", "2026-05-03 07:00-15:00 30", "2026-05-04 15:00-23:00 30"]);
    assert_eq!(next("2026-05-05 07:00-15:00 30", &late, &LAW), Some(at("2026-05-05 10:00")));
    // Sixty hours: it has to leave the week, but for what still fits into it.
    let six = daily("2026-05-03 08:00-18:20 30", 6);
    assert_eq!(next("2026-05-09 06:00-12:00 30", &six, &LAW), Some(at("2026-05-09 23:00")));
    // After three nights only another night may come so soon: one minute less and it is an evening.
    let nights = daily("2026-05-04 23:00-07:00 30", 3);
    assert_eq!(next("2026-05-06 22:00-06:00 30", &nights, &LAW), Some(at("2026-05-07 17:01")));
    let none = Person { constraints: vec![Constraint { from: day("2026-05-01"), until: None, limit: Limit::NoWork }], ..Person::default() };
    let roster = Roster::new(none, Vec::new());
    assert_eq!(roster.next_allowed(&block("2026-05-04 07:00-15:00 30"), &LAW, Duration::from_secs(86_400)), None);
}

#[test]
fn hours_left_are_what_every_cap_leaves() {
    let left = |work: &[Block], norms: &Norms, date: &str| {
        let left = Roster::new(Person::default(), work.to_vec()).hours_left(day(date), Some(employment(1)), norms);
        (left.week, left.month)
    };
    // May 2026 runs from a Friday to a Sunday: two days, four whole weeks, and a Sunday of 12 hours. Four weeks hold 220 hours.
    assert_eq!(left(&[], &LAW, "2026-05-15"), (60 * 60, (12 + 220 + 24) * 60));
    let week = daily("2026-05-11 08:00-16:30 30", 4);
    assert_eq!(left(&week, &LAW, "2026-05-15"), (28 * 60, (12 + 220 - 32 + 24) * 60));
    // The agreement of mental health care has 200 hours in four weeks.
    assert_eq!(left(&week, &agreement("GGZ"), "2026-05-15"), (28 * 60, (12 + 200 - 32 + 24) * 60));
    // Full months before and after leave no more than the average over sixteen weeks.
    let days: Vec<i64> = (-11..5).flat_map(|week| (0..5).map(move |day| week * 7 + day)).collect();
    let full = every("2026-05-04 07:00-17:06 30", &days);
    assert_eq!(left(&full, &LAW, "2026-05-15").0, 0);
    let too_much = daily("2026-05-10 06:00-18:30 30", 6);
    assert_eq!(left(&too_much, &LAW, "2026-05-15").0, 0, "never less than nothing");
    let constrained = Person {
        constraints: vec![
            Constraint { from: day("2026-05-01"), until: None, limit: Limit::WeekMinutes(20 * 60) },
            Constraint { from: day("2026-05-11"), until: Some(day("2026-05-31")), limit: Limit::NoWork },
        ],
        ..Person::default()
    };
    let left = Roster::new(constrained, Vec::new()).hours_left(day("2026-05-15"), Some(employment(1)), &LAW);
    assert_eq!((left.week, left.month), (12 * 60, (20 + 20 + 12) * 60));
}

#[test]
fn an_audit_tells_everything_that_is_broken() {
    let work = blocks(&["2026-05-04 07:00-20:00 30", "2026-05-06 07:00-13:30", "2026-05-06 12:00-16:00"]);
    let found = Roster::new(Person::default(), work).audit(day("2026-05-04"), None, &LAW);
    // Of the shift with the overlap only that is told.
    assert_eq!(ids(&found), ["ATW-01", "ATW-09", "OVERLAP"]);
    assert_eq!(found.iter().find(|finding| finding.rule == Rule::Breaks).map(|finding| finding.blocks.clone()), Some(vec![0]));
}

#[test]
fn what_lies_more_than_fifteen_weeks_away_changes_nothing() {
    let far = daily("2026-01-01 23:00-07:00 30", 14);
    let verdict = Roster::new(Person::default(), far.clone()).judge(&block("2026-06-01 07:00-15:00 30"), &LAW, LONG_BEFORE);
    assert_eq!((verdict.outcome, verdict.older.len()), (Outcome::Allowed, 0));
    let nearer = Roster::new(Person::default(), far).judge(&block("2026-04-20 07:00-15:00 30"), &LAW, LONG_BEFORE);
    assert!(!nearer.older.is_empty());
}

#[test]
fn work_of_an_unknown_employment_is_judged_by_the_law_alone() {
    let work = [block("2026-05-04 07:00-12:00"), block("2026-05-04 18:00-21:00")];
    let elsewhere = Block::new(work[0].starts_at(), work[0].ends_at(), 0).expect("a block");
    assert_eq!(refused_on_the_way(&Person::default(), &agreement("GHZ"), &work), ["CAO-12"]);
    assert!(refused_on_the_way(&Person::default(), &agreement("GHZ"), &[elsewhere, work[1]]).is_empty());
}

#[test]
fn times_far_away_do_no_harm() {
    let consents = Consents { sunday_work: true, ..Consents::default() };
    let roster =
        Roster::new(Person { consents, ..Person::default() }, vec![block("2000-01-02 10:00-12:00"), block("2099-12-30 10:00-12:00")]);
    for text in ["2000-01-03 10:00-12:00", "2050-01-03 10:00-12:00", "2099-12-31 10:00-12:00"] {
        assert!(roster.judge(&block(text), &LAW, Timestamp(i64::MIN / 2)).is_allowed(), "{text}");
    }
}
