//! YTH-01 and YTH-02: under 18.

use working_time::{Block, Kind, Norms, Person, Rule};

use crate::support::{agreement, block, blocks, check, daily, day, every, judge_last, measured};

/// 18 on 2026-06-01, a Monday.
fn young() -> Person {
    Person { eighteen_on: Some(day("2026-06-01")), ..Person::default() }
}

fn row(work: &[Block], refused: &[&str], row: &str) {
    check(&young(), &Norms::LAW, work, refused, row);
}

#[test]
fn a_shift_of_the_young_has_nine_hours_and_a_break_after_four_and_a_half() {
    for (text, refused) in [
        ("2026-05-04 08:00-17:30 30", &[] as &[&str]),
        ("2026-05-04 08:00-17:31 30", &["YTH-01"]),
        ("2026-05-04 08:00-12:30", &[]),
        ("2026-05-04 08:00-12:31", &["YTH-01"]),
        ("2026-05-04 08:00-12:31 30", &[]),
        // From the 18th birthday on.
        ("2026-05-31 08:00-17:31 30", &["YTH-01"]),
        ("2026-06-01 08:00-17:31 30", &[]),
    ] {
        row(&[block(text)], refused, text);
    }
}

#[test]
fn the_young_rest_twelve_hours_from_eleven_in_the_evening_to_six() {
    for (work, refused) in [
        (&["2026-05-04 14:00-22:00 30", "2026-05-05 10:00-14:00"] as &[&str], &[] as &[&str]),
        (&["2026-05-04 14:00-22:00 30", "2026-05-05 09:59-14:00"], &["YTH-01"]),
        (&["2026-05-04 07:00-10:00", "2026-05-04 16:00-19:00"], &[]),
        (&["2026-05-04 07:00-10:00", "2026-05-04 16:00-19:01"], &["YTH-01"]),
        (&["2026-05-04 19:00-23:00"], &[]),
        (&["2026-05-04 19:00-23:01"], &["YTH-01"]),
        (&["2026-05-04 06:00-10:00"], &[]),
        (&["2026-05-04 05:59-10:00"], &["YTH-01"]),
    ] {
        row(&blocks(work), refused, &format!("{work:?}"));
    }
    // Hospitals: not after 23:00 and not before 07:00.
    for (text, refused) in [("2026-05-04 07:00-10:00", &[] as &[&str]), ("2026-05-04 06:59-10:00", &["YTH-02"])] {
        check(&young(), &agreement("ZKH"), &[block(text)], refused, text);
        check(&young(), &agreement("GGZ"), &[block(text)], &[], text);
    }
}

#[test]
fn school_counts_as_work_of_the_young_alone() {
    let school =
        |days: &[i64]| every("2026-05-03 09:00-15:00 30", days).into_iter().map(|block| block.of_kind(Kind::School)).collect::<Vec<_>>();
    let mut week = school(&[1, 2, 3, 4, 5]);
    // 27.5 hours at school and 17.5 at work are 45.
    week.extend(blocks(&[
        "2026-05-04 15:00-18:30",
        "2026-05-05 15:00-18:30",
        "2026-05-06 15:00-18:30",
        "2026-05-07 15:00-18:30",
        "2026-05-08 15:00-18:30",
    ]));
    row(&week, &[], "45 hours");
    week.push(block("2026-05-09 09:00-09:01"));
    row(&week, &["YTH-01"], "a minute more");
    check(&Person::default(), &Norms::LAW, &week, &[], "an adult at school");
    let four = |more: bool| {
        let days: Vec<i64> = (0..4).flat_map(|week| (1..6).map(move |day| week * 7 + day)).collect();
        let mut work = every("2026-05-03 09:00-17:30 30", &days);
        if more {
            work.push(block("2026-05-09 09:00-09:01"));
        }
        work
    };
    row(&four(false), &[], "160 hours");
    row(&four(true), &["YTH-01"], "a minute more");
    assert_eq!(measured(&judge_last(&young(), &Norms::LAW, &four(true)).refusals, Rule::Young), [(160 * 60 + 1, 160 * 60)]);
}

#[test]
fn the_young_have_no_duties_and_a_weekly_rest_every_week() {
    for kind in [Kind::Presence, Kind::OnCall, Kind::Reachable] {
        let norms = Norms { presence: true, reachable: true, ..Norms::LAW };
        check(&young(), &norms, &[block("2026-05-04 18:00-20:00").of_kind(kind)], &["YTH-01"], &format!("{kind:?}"));
        check(&young(), &norms, &[block("2026-06-01 18:00-20:00").of_kind(kind)], &[], &format!("{kind:?} at 18"));
    }
    // Tuesday to Saturday and Sunday to Monday: seven days, which an adult may do.
    let seven = daily("2026-05-05 10:00-14:00", 5).into_iter().chain(daily("2026-05-11 10:00-14:00", 1)).collect::<Vec<_>>();
    row(&seven, &[], "a day off");
    row(&daily("2026-05-04 10:00-14:00", 6), &[], "six days");
    row(&daily("2026-05-04 10:00-14:00", 7), &["YTH-01"], "seven days, a Saturday before a Sunday");
}

#[test]
fn the_young_are_off_on_the_saturday_before_a_sunday_with_work() {
    row(&blocks(&["2026-05-09 10:00-14:00", "2026-05-10 10:00-14:00"]), &["YTH-01"], "both");
    row(&blocks(&["2026-05-10 10:00-14:00", "2026-05-16 10:00-14:00"]), &[], "the Saturday after");
    assert_eq!(
        measured(&judge_last(&young(), &Norms::LAW, &blocks(&["2026-05-09 10:00-14:00", "2026-05-10 10:00-14:00"])).refusals, Rule::Young),
        [(240, 0)]
    );
}
