//! ATW-01 to ATW-15 at their limits.

use working_time::{NightCount, Norms, Person, Rule};

use crate::support::{block, blocks, check, daily, day, every, judge_last, later, measured};

const LAW: Norms = Norms::LAW;

fn rows(norms: &Norms, rows: &[(&[&str], &[&str])]) {
    for (texts, refused) in rows {
        check(&Person::default(), norms, &blocks(texts), refused, &format!("{texts:?}"));
    }
}

#[test]
fn a_shift_has_twelve_hours_of_work_and_a_night_shift_ten() {
    rows(
        &LAW,
        &[
            (&["2026-05-04 07:00-19:45 45"], &[]),
            (&["2026-05-04 07:00-19:46 45"], &["ATW-01"]),
            (&["2026-05-04 20:00-06:45 45"], &[]),
            (&["2026-05-04 20:00-06:46 45"], &["ATW-02"]),
            // An hour between 00:00 and 06:00 makes no night shift, a minute more does.
            (&["2026-05-04 13:00-01:00 45"], &[]),
            (&["2026-05-04 13:00-01:01 45"], &["ATW-02"]),
            (&["2026-05-04 05:00-17:00 45"], &[]),
            (&["2026-05-04 04:59-17:00 45"], &["ATW-02"]),
            // At two employers, an hour apart: one shift of 12 hours, or more.
            (&["2026-05-04 07:00-15:30 30", "2026-05-04 16:30-20:30"], &[]),
            (&["2026-05-04 07:00-15:30 30", "2026-05-04 16:30-20:31"], &["ATW-01"]),
        ],
    );
}

#[test]
fn extended_nights_are_granted_five_times_in_two_weeks_and_need_twelve_hours_of_rest() {
    let granted = Norms { night_extension: true, ..LAW };
    let long = "2026-05-04 19:00-07:00 45";
    check(&Person::default(), &LAW, &[block(long)], &["ATW-02"], "not granted");
    let verdict = judge_last(&Person::default(), &granted, &[block(long)]);
    assert_eq!(measured(&verdict.exceptions, Rule::NightLength), [(675, 600)]);
    check(&Person::default(), &granted, &[block("2026-05-04 18:30-07:16 45")], &["ATW-02"], "more than twelve hours");
    // Every other night, so that nothing else is in the way: the sixth within 14 x 24 hours is one too many.
    check(&Person::default(), &granted, &every(long, &[0, 2, 4, 7, 9]), &[], "five");
    check(&Person::default(), &granted, &every(long, &[0, 2, 4, 7, 9, 11]), &["ATW-02"], "six");
    check(&Person::default(), &granted, &every(long, &[0, 2, 4, 7, 9, 14]), &[], "six, the last outside");
    // Rest after a night may be eight hours once, but not after a long one.
    check(&Person::default(), &granted, &[block(long), block("2026-05-05 19:00-23:00")], &[], "twelve hours");
    check(&Person::default(), &granted, &[block(long), block("2026-05-05 18:59-23:00")], &["ATW-02"], "a minute less");
}

#[test]
fn a_week_runs_from_sunday_to_saturday_and_has_sixty_hours() {
    // Ten hours on six days; 2026-05-03 is a Sunday.
    let six = daily("2026-05-03 08:00-18:30 30", 6);
    check(&Person::default(), &LAW, &six, &[], "sixty hours");
    let mut more = six.clone();
    more.push(block("2026-05-09 12:00-12:01"));
    check(&Person::default(), &LAW, &more, &["ATW-03"], "a minute more on Saturday");
    let mut next = six;
    next.push(block("2026-05-10 12:00-16:00"));
    check(&Person::default(), &LAW, &next, &[], "the Sunday after is another week");
}

#[test]
fn work_over_saturday_midnight_is_split_and_its_break_taken_from_the_larger_part() {
    for (text, first, second) in [
        ("2026-05-09 22:00-06:00 60", 120, 300),
        ("2026-05-09 17:00-01:00 60", 360, 60),
        // Equal parts: from the first.
        ("2026-05-09 20:00-04:00 60", 180, 240),
        // The clock goes back in the second part.
        ("2026-10-24 22:00-06:00 60", 120, 360),
        ("2026-05-09 23:00-01:00 90", 0, 30),
    ] {
        let work = block(text);
        let roster = working_time::Roster::new(Person::default(), vec![work]);
        let saturday = work.starts_at().local_date();
        assert_eq!((roster.worked(saturday, 1), roster.worked(later(saturday, 1), 1)), (first, second), "{text}");
        assert_eq!(roster.worked(later(saturday, -7 * 3), 5), first + second, "{text}");
    }
}

#[test]
fn averages_are_over_every_four_and_sixteen_weeks_before_and_after() {
    // 55 hours a week for four weeks: eleven hours on five days.
    let weekdays = |weeks: i64| -> Vec<i64> { (0..weeks).flat_map(|week| (0..5).map(move |day| week * 7 + day)).collect() };
    let four = every("2026-05-04 07:00-18:45 45", &weekdays(4));
    check(&Person::default(), &LAW, &four, &[], "220 hours");
    let mut more = four.clone();
    more.push(block("2026-05-16 10:00-10:01"));
    check(&Person::default(), &LAW, &more, &["ATW-04a"], "a minute more");
    // Longer than the law's average where an arrangement allows it.
    check(&Person::default(), &Norms { four_weeks: false, ..LAW }, &more, &[], "arranged");
    // 48 hours a week for sixteen weeks, claimed backwards: what is planned later counts too.
    let mut sixteen = every("2026-05-04 07:00-17:06 30", &weekdays(16));
    check(&Person::default(), &LAW, &sixteen, &[], "768 hours");
    sixteen.reverse();
    check(&Person::default(), &LAW, &sixteen, &[], "768 hours, backwards");
    sixteen.push(block("2026-05-09 10:00-10:01"));
    check(&Person::default(), &LAW, &sixteen, &["ATW-04b"], "a minute more in the first week");
    let longer = Norms { period_weeks: 52, ..LAW };
    check(&Person::default(), &longer, &sixteen, &[], "over 52 weeks");
}

#[test]
fn a_longer_period_of_reference_counts_the_weeks_that_are_only_recorded() {
    let weeks = (0..36_i64).map(|week| working_time::WeekRecord {
        week: later(day("2025-05-04"), week * 7),
        work: 52 * 60,
        late_nights: 0,
        extended_nights: 0,
        presence: 0,
        sunday: false,
        saturday: false,
    });
    let person = Person { weeks: weeks.collect(), ..Person::default() };
    let norms = Norms { period_weeks: 52, ..LAW };
    let work: Vec<i64> = (0..16).flat_map(|week| (0..4).map(move |day| week * 7 + day)).collect();
    let mut blocks = every("2026-01-12 08:00-18:15 45", &work);
    blocks.extend(crate::support::blocks(&["2026-05-01 08:00-16:30 30", "2026-05-02 08:00-16:30 30"]));
    check(&person, &norms, &blocks, &[], "36 x 52 + 16 x 38 + 16 = 52 x 48 hours");
    blocks.push(block("2026-05-02 17:00-17:01"));
    check(&person, &norms, &blocks, &["ATW-04b"], "a minute more");
}

#[test]
fn daily_rest_is_eleven_hours_and_once_in_seven_days_eight() {
    rows(
        &LAW,
        &[
            (&["2026-05-04 15:00-23:00 30", "2026-05-05 10:00-18:00 30"], &[]),
            (&["2026-05-04 15:00-23:00 30", "2026-05-05 09:59-18:00 30"], &[]),
            (&["2026-05-04 15:00-23:00 30", "2026-05-05 07:00-15:00 30"], &[]),
            // A second one within 7 x 24 hours, from the end of one shift to the end of the other.
            (
                &["2026-05-04 15:00-23:00 30", "2026-05-05 07:00-15:00 30", "2026-05-11 14:00-22:59 30", "2026-05-12 08:00-12:00"],
                &["ATW-05"],
            ),
            (&["2026-05-04 15:00-23:00 30", "2026-05-05 07:00-15:00 30", "2026-05-11 14:00-23:00 30", "2026-05-12 08:00-12:00"], &[]),
            // Claimed between two that leave enough: both rests are shorter then.
            (&["2026-05-04 07:00-15:00 30", "2026-05-05 19:00-23:00", "2026-05-05 01:00-09:00 30"], &[]),
            (&["2026-05-04 11:00-19:00 30", "2026-05-06 00:30-05:00", "2026-05-05 05:00-13:30 30"], &[]),
            (&["2026-05-04 11:00-19:00 30", "2026-05-06 00:29-05:00", "2026-05-05 05:00-13:30 30"], &["ATW-05"]),
        ],
    );
}

#[test]
fn a_shift_that_spans_more_than_thirteen_hours_shortens_the_rest_in_its_day() {
    rows(
        &LAW,
        &[
            (&["2026-05-04 07:00-11:00", "2026-05-04 16:00-20:00", "2026-05-05 07:00-11:00"], &[]),
            // Fourteen hours leave ten: once a week.
            (&["2026-05-04 07:00-11:00", "2026-05-06 07:00-11:00", "2026-05-04 17:00-21:00", "2026-05-06 17:00-21:00"], &["ATW-05"]),
            // Sixteen leave eight, a minute more too little.
            (&["2026-05-04 06:00-10:00", "2026-05-04 12:00-14:00", "2026-05-04 18:00-22:00"], &[]),
            (&["2026-05-04 06:00-10:00", "2026-05-04 12:00-14:00", "2026-05-04 18:00-22:01"], &["ATW-05"]),
            // Seven and a half hours are no rest.
            (&["2026-05-04 09:30-13:30", "2026-05-04 21:00-23:00"], &[]),
            (&["2026-05-04 15:30-23:30 30", "2026-05-05 07:00-15:00 30"], &["ATW-01", "ATW-05"]),
        ],
    );
    let verdict = judge_last(&Person::default(), &LAW, &blocks(&["2026-05-04 15:30-23:30 30", "2026-05-05 07:00-15:00 30"]));
    assert_eq!(measured(&verdict.refusals, Rule::DailyRest), [(450, 480)], "the gap that people see");
    assert_eq!(verdict.refusals[0].rule, Rule::DailyRest, "told first");
}

#[test]
fn weekly_rest_is_counted_from_the_first_shift_after_the_one_before() {
    let to_sunday = daily("2026-05-04 07:00-15:00 30", 6);
    let with = |text: &str| to_sunday.iter().copied().chain([block(text)]).collect::<Vec<_>>();
    // Saturday 15:00 until Monday 03:00 is 36 hours and within 7 x 24 hours.
    check(&Person::default(), &LAW, &with("2026-05-11 03:00-07:00"), &[], "36 hours");
    // Thirteen days on end: neither 36 hours in a week nor 72 in two.
    let thirteen = daily("2026-05-04 07:00-15:00 30", 13);
    check(&Person::default(), &LAW, &thirteen[..11], &[], "eleven days, then free");
    check(&Person::default(), &LAW, &thirteen, &["ATW-06"], "thirteen days on end");
    let verdict = judge_last(&Person::default(), &LAW, &thirteen);
    assert_eq!(measured(&verdict.refusals, Rule::WeeklyRest), [(16 * 60, 36 * 60)]);
    // In two parts of 32 and 40 hours within two weeks.
    let parts = |first: i64, second: i64| {
        let mut blocks = every("2026-05-04 07:00-15:00 30", &[0, 1, 2, 3, 4, 5]);
        let mut start = chassis::time::Timestamp(blocks[5].ends_at().0 + first * 60_000_000);
        for length in [second, 0] {
            let end = chassis::time::Timestamp(start.0 + 8 * 3_600_000_000);
            blocks.push(working_time::Block::new(start, end, 30).expect("a block"));
            start = chassis::time::Timestamp(end.0 + length * 60_000_000);
        }
        blocks
    };
    check(&Person::default(), &LAW, &parts(36 * 60, 12 * 60), &[], "36");
    check(&Person::default(), &LAW, &parts(35 * 60, 37 * 60), &[], "35 and 37");
}

#[test]
fn breaks_follow_the_work_and_a_gap_of_a_quarter_is_one() {
    rows(
        &LAW,
        &[
            (&["2026-05-04 07:00-12:30"], &[]),
            (&["2026-05-04 07:00-12:31"], &["ATW-09"]),
            (&["2026-05-04 07:00-13:00 29"], &["ATW-09"]),
            (&["2026-05-04 07:00-13:00 30"], &[]),
            (&["2026-05-04 07:00-17:30 30"], &[]),
            (&["2026-05-04 07:00-17:31 30"], &["ATW-09"]),
            (&["2026-05-04 07:00-17:46 45"], &[]),
            (&["2026-05-04 07:00-10:00", "2026-05-04 10:30-14:00"], &[]),
            (&["2026-05-04 07:00-10:00 15", "2026-05-04 10:15-14:00"], &[]),
            (&["2026-05-04 07:00-10:00 15", "2026-05-04 10:14-14:00"], &["ATW-09"]),
        ],
    );
    rows(&Norms { short_breaks: true, ..LAW }, &[(&["2026-05-04 07:00-17:46 15"], &[]), (&["2026-05-04 07:00-13:00 14"], &["ATW-09"])]);
}

#[test]
fn after_a_night_that_ends_after_two_rest_is_fourteen_hours_and_once_a_week_eight() {
    rows(
        &LAW,
        &[
            (&["2026-05-04 23:00-07:00 30", "2026-05-05 21:00-23:00"], &[]),
            (&["2026-05-04 23:00-07:00 30", "2026-05-05 20:59-23:00"], &[]),
            (
                &["2026-05-04 23:00-07:00 30", "2026-05-05 15:00-23:00 30", "2026-05-06 23:00-07:00 30", "2026-05-07 20:59-22:00"],
                &["ATW-11"],
            ),
            (&["2026-05-04 23:00-07:00 30", "2026-05-05 15:00-23:00 30", "2026-05-11 23:00-07:00 30", "2026-05-12 20:59-22:00"], &[]),
            // A night that ends at 02:00 asks for eleven hours, one that ends a minute later for fourteen.
            (&["2026-05-04 18:00-02:00 30", "2026-05-05 13:00-17:00"], &[]),
            (&["2026-05-04 23:00-07:00 30", "2026-05-05 20:00-22:00", "2026-05-06 18:00-02:01 30", "2026-05-07 13:00-17:00"], &["ATW-11"]),
            (&["2026-05-04 23:00-07:00 30", "2026-05-05 20:00-22:00", "2026-05-06 18:00-02:00 30", "2026-05-07 13:00-17:00"], &[]),
        ],
    );
}

#[test]
fn after_three_nights_other_work_waits_for_46_hours() {
    let nights = |count: i64, next: &str| {
        let mut blocks = daily("2026-05-04 23:00-07:00 30", count);
        blocks.push(block(next));
        blocks
    };
    for (count, next, refused) in [
        (3, "2026-05-09 05:00-13:00 30", &[] as &[&str]),
        (3, "2026-05-09 04:59-05:30", &["ATW-12"]),
        (2, "2026-05-07 21:00-23:00", &[]),
        (4, "2026-05-10 04:59-05:30", &["ATW-12"]),
        // Another night goes on with the series.
        (3, "2026-05-07 23:00-07:00 30", &[]),
    ] {
        check(&Person::default(), &LAW, &nights(count, next), refused, &format!("{count} nights, then {next}"));
    }
}

#[test]
fn a_series_with_a_night_has_seven_shifts() {
    let norms = Norms { series_max: 8, ..LAW };
    let nights = daily("2026-05-04 23:00-07:00 30", 8);
    check(&Person::default(), &LAW, &nights[..7], &[], "seven");
    check(&Person::default(), &LAW, &nights, &["ATW-13"], "eight");
    check(&Person::default(), &norms, &nights, &[], "eight, as arranged");
    // Seven days, then a night at less than 36 hours.
    let mut mixed = daily("2026-05-04 12:00-18:00 30", 7);
    mixed.push(block("2026-05-11 22:00-03:00"));
    check(&Person::default(), &LAW, &mixed, &["ATW-13"], "days with a night");
    let days = daily("2026-05-04 12:00-18:00 30", 8);
    check(&Person::default(), &LAW, &days, &[], "days alone");
}

/// Nights of seven hours, three a week, so that nothing but their number is in the way.
fn nights(count: i64) -> Vec<working_time::Block> {
    let days: Vec<i64> = (0..count).map(|night| night / 3 * 7 + night % 3).collect();
    every("2026-05-04 23:00-06:30 30", &days)
}

#[test]
fn thirty_six_nights_in_sixteen_weeks_may_end_after_two() {
    check(&Person::default(), &LAW, &nights(36), &[], "36");
    check(&Person::default(), &LAW, &nights(37), &["ATW-14"], "37");
    check(&Person::default(), &Norms { night_count: NightCount::Year, ..LAW }, &nights(37), &[], "140 a year");
    // The first is exactly 16 x 7 x 24 hours before the 37th.
    let mut over = nights(36);
    over.push(block("2026-08-24 23:00-06:30 30"));
    check(&Person::default(), &LAW, &over, &[], "37, the first outside");
    // Nights that end at 02:00 do not count here.
    let days: Vec<i64> = (0..44).map(|night| night / 3 * 7 + night % 3).collect();
    check(&Person::default(), &LAW, &every("2026-05-04 20:00-02:00 30", &days), &[], "early nights");
}

#[test]
fn an_arrangement_may_count_nights_by_the_year_or_by_their_hours() {
    let weeks = (0..36_i64).map(|week| working_time::WeekRecord {
        week: later(day("2025-07-06"), week * 7),
        work: 0,
        late_nights: 3,
        extended_nights: 0,
        presence: 0,
        sunday: false,
        saturday: false,
    });
    let person = Person { weeks: weeks.collect(), ..Person::default() };
    let norms = Norms { night_count: NightCount::Year, ..LAW };
    // 36 x 3 = 108 nights before the horizon of the last night, 32 in it.
    let days: Vec<i64> = (0..33).map(|night| night / 3 * 7 + night % 3).collect();
    let blocks = every("2026-04-20 23:00-06:30 30", &days);
    check(&person, &norms, &blocks[..32], &[], "140");
    check(&person, &norms, &blocks, &["ATW-14"], "141");
    let hours = Norms { night_count: NightCount::Hours, ..LAW };
    // Six nights of six hours in two weeks are 36; a seventh is 42.
    check(&Person::default(), &hours, &nights(6), &[], "36 hours");
    let mut seven = nights(6);
    seven.push(block("2026-05-14 23:00-06:00 30"));
    check(&Person::default(), &hours, &seven, &["ATW-14"], "42 hours");
}

#[test]
fn with_sixteen_nights_in_sixteen_weeks_the_average_is_forty_hours() {
    // One night a week of seven hours, and days up to forty hours on average.
    let mut blocks = every("2026-05-04 20:00-02:00 0", &(0..16).map(|week| week * 7).collect::<Vec<_>>());
    let days: Vec<i64> = (0..16).flat_map(|week| [2, 3, 4, 5].map(|day| week * 7 + day)).collect();
    blocks.extend(every("2026-05-04 09:00-18:00 30", &days));
    // 16 x 6 + 64 x 8.5 = 640 hours. Other rules that such weeks break are not asked about here.
    let average = |blocks: &[working_time::Block]| measured(&judge_last(&Person::default(), &LAW, blocks).refusals, Rule::NightAverage);
    assert_eq!(average(&blocks), []);
    blocks.push(block("2026-06-14 12:00-12:01"));
    assert_eq!(average(&blocks), [(640 * 60 + 1, 640 * 60)]);
    // Without one of the nights the average is 48.
    blocks.remove(0);
    assert_eq!(average(&blocks), []);
}
