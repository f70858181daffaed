//! CAO-03 to CAO-12, YTH-02 and ATB-04: what the agreements of care add to the law, over the work of one employment.

use chassis::time::Timestamp;
use working_time::{Block, CaoTable, Consents, Kind, Norms, Person, Roster, Rule};

use crate::support::{LONG_BEFORE, agreement, at, block, blocks, check, daily, day, employment, every, ids, judge_last, measured};

fn rows(agreements: &[(&str, &[&str])], texts: &[Block], row: &str) {
    for (name, refused) in agreements {
        check(&Person::default(), &agreement(name), texts, refused, &format!("{name}: {row}"));
    }
}

#[test]
fn shifts_are_shorter_than_the_law_allows() {
    let none: &[&str] = &[];
    let four = ["CAO-04"].as_slice();
    for (texts, refused) in [
        (&["2026-05-04 07:00-17:45 45"] as &[&str], [none, none, none, none]),
        (&["2026-05-04 07:00-17:46 45"], [four, four, four, none]),
        // Ten hours planned and overtime at another ward: only hospitals have twelve with overtime.
        (&["2026-05-04 07:00-15:30 30", "2026-05-04 16:00-19:00"], [four, none, four, none]),
        (&["2026-05-04 07:00-15:30 30", "2026-05-04 16:00-20:00"], [four, none, four, none]),
        // Nights: nine planned, ten in all.
        (&["2026-05-04 22:00-07:30 30"], [none, none, none, none]),
        (&["2026-05-04 22:00-07:31 30"], [none, four, none, none]),
        (&["2026-05-04 23:00-07:30 30", "2026-05-04 20:45-22:45"], [none, none, none, none]),
    ] {
        let agreements: Vec<(&str, &[&str])> = ["VVT", "ZKH", "GGZ", "GHZ"].into_iter().zip(refused).collect();
        rows(&agreements, &blocks(texts), &format!("{texts:?}"));
    }
}

#[test]
fn averages_of_an_agreement_are_over_its_own_employment() {
    // Five times 10 hours in four weeks are 200 hours.
    let days: Vec<i64> = (0..4).flat_map(|week| (0..5).map(move |day| week * 7 + day)).collect();
    let mut work = every("2026-05-04 07:00-17:30 30", &days);
    rows(&[("GGZ", &[]), ("ZKH", &[]), ("VVT", &[])], &work, "200 hours");
    work.push(block("2026-05-30 12:00-12:01"));
    rows(&[("GGZ", &["CAO-05"]), ("ZKH", &[]), ("VVT", &[])], &work, "a minute more");
    let last = work.pop().expect("the last").under(employment(2));
    work.push(last);
    rows(&[("GGZ", &[])], &work, "at another employment");
}

#[test]
fn daily_rest_in_mental_health_care_is_never_below_ten_hours() {
    for (next, refused) in [("09:00-17:00 30", &[] as &[&str]), ("08:59-17:00 30", &["CAO-06"])] {
        let work = [block("2026-05-04 15:00-23:00 30"), block(&format!("2026-05-05 {next}"))];
        rows(&[("GGZ", refused), ("ZKH", &[]), ("VVT", &[]), ("GHZ", &[])], &work, next);
        let elsewhere = [work[0].under(employment(2)), work[1]];
        rows(&[("GGZ", &[])], &elsewhere, "the shift before at another employment");
    }
}

#[test]
fn weekly_rest_by_agreement() {
    // Seven days in a row and then free: the law is content with the two weeks.
    let seven = daily("2026-05-04 07:00-15:00 30", 7);
    rows(&[("VVT", &["CAO-07"]), ("ZKH", &[]), ("GGZ", &[]), ("GHZ", &[])], &seven, "seven days");
    // One day off in the middle of twelve: 40 hours a week for the law, but no 72 in two weeks.
    let twelve = every("2026-05-04 07:00-15:00 30", &[0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 14]);
    rows(&[("VVT", &[]), ("ZKH", &[]), ("GGZ", &[])], &twelve, "six of seven days: 40 and 40 hours");
    let ten = daily("2026-05-04 10:00-17:00 30", 9);
    rows(&[("ZKH", &[]), ("GGZ", &["CAO-07"])], &ten, "nine days without 32 hours");
    let short = every("2026-05-04 07:00-15:00 30", &[0, 1, 2, 3, 4, 5, 6]);
    rows(&[("GGZ", &[])], &short, "seven days");
}

#[test]
fn nights_from_an_age_on_need_consent() {
    let person = |fifty_five: &str, fifty_seven: &str, consent| Person {
        fifty_five_on: Some(day(fifty_five)),
        fifty_seven_on: Some(day(fifty_seven)),
        consents: Consents { nights_at_age: consent, ..Consents::default() },
        ..Person::default()
    };
    let eight = &["CAO-08"] as &[&str];
    for (work, kind, refused) in [
        ("2026-05-04 14:30-23:00 30", Kind::Ordinary, [&[] as &[&str], &[], &[], &[]]),
        ("2026-05-04 14:30-23:01 30", Kind::Ordinary, [eight, &[], &[], &[]]),
        ("2026-05-04 06:59-15:00 30", Kind::Ordinary, [eight, &[], &[], &[]]),
        ("2026-05-04 23:00-07:00 30", Kind::Ordinary, [eight, eight, &[], eight]),
        ("2026-05-04 22:00-08:00 0", Kind::Presence, [eight, &[], &[], &[]]),
    ] {
        for (name, refused) in ["VVT", "ZKH", "GGZ", "GHZ"].into_iter().zip(refused) {
            let work = [block(work).of_kind(kind)];
            let row = format!("{name} {work:?}");
            check(&person("2024-05-04", "2026-05-04", false), &agreement(name), &work, refused, &row);
            check(&person("2026-05-05", "2026-05-05", false), &agreement(name), &work, &[], &format!("younger: {row}"));
            check(&person("2024-05-04", "2026-05-04", true), &agreement(name), &work, &[], &format!("by consent: {row}"));
            let verdict = judge_last(&person("2024-05-04", "2026-05-04", true), &agreement(name), &work);
            assert_eq!(ids(&verdict.exceptions), refused, "{row}");
        }
    }
}

#[test]
fn nights_in_a_row_in_hospitals_are_five_and_seven_on_request() {
    let nights = daily("2026-05-04 23:00-07:00 30", 7);
    let asked = Person { consents: Consents { longer_night_series: true, ..Consents::default() }, ..Person::default() };
    rows(&[("ZKH", &[]), ("GGZ", &[]), ("GHZ", &[])], &nights[..5], "five");
    rows(&[("ZKH", &["CAO-09"]), ("GHZ", &[])], &nights[..6], "six");
    check(&asked, &agreement("ZKH"), &nights, &[], "seven on request");
    assert_eq!(measured(&judge_last(&asked, &agreement("ZKH"), &nights).exceptions, Rule::AgreedNights), [(7, 5)]);
    // Evening shifts that are night shifts too, so that ATW-14 is not in the way of 43.
    let days: Vec<i64> = (0..44).map(|night| night / 3 * 7 + night % 3).collect();
    let many = every("2026-05-04 20:00-01:30 0", &days);
    check(&asked, &agreement("ZKH"), &many[..43], &[], "43");
    check(&asked, &agreement("ZKH"), &many, &["CAO-09"], "44");
    check(&Person::default(), &agreement("ZKH"), &many, &[], "44 in short series");
}

#[test]
fn split_shifts_need_consent() {
    let willing = Person { consents: Consents { split_shifts: true, ..Consents::default() }, ..Person::default() };
    let work = |second: &str| [block("2026-05-04 07:00-11:00"), block(&format!("2026-05-04 {second}"))];
    rows(&[("ZKH", &[]), ("GHZ", &[])], &work("12:00-15:00"), "an hour between");
    rows(&[("VVT", &[]), ("ZKH", &["CAO-12"]), ("GGZ", &[]), ("GHZ", &["CAO-12"])], &work("12:01-15:00"), "more");
    check(&willing, &agreement("GHZ"), &work("17:00-20:00"), &[], "by consent");
    assert_eq!(measured(&judge_last(&willing, &agreement("GHZ"), &work("17:00-20:00")).exceptions, Rule::AgreedSplit), [(360, 60)]);
    let elsewhere = [work("17:00-20:00")[0].under(employment(2)), work("17:00-20:00")[1]];
    rows(&[("GHZ", &[])], &elsewhere, "the first part at another employment");
}

#[test]
fn reachable_duties_in_hospitals_are_three_a_week_and_thirty_two_in_sixteen_weeks() {
    let duties =
        |days: &[i64]| every("2026-05-04 18:00-22:00", days).into_iter().map(|duty| duty.of_kind(Kind::Reachable)).collect::<Vec<_>>();
    rows(&[("ZKH", &[]), ("GGZ", &[])], &duties(&[0, 2, 4, 7]), "three in 7 x 24 hours");
    rows(&[("ZKH", &["ATB-04"]), ("GGZ", &[])], &duties(&[0, 2, 4, 6]), "four");
    let days: Vec<i64> = (0..33).map(|duty| duty / 3 * 7 + duty % 3).collect();
    rows(&[("ZKH", &[])], &duties(&days[..32]), "32");
    rows(&[("ZKH", &["ATB-04"])], &duties(&days), "33");
}

#[test]
fn an_agreement_warns_of_short_notice_and_of_weekends() {
    let now = at("2026-04-13 07:00");
    for (name, rule, limit) in
        [("VVT", "CAO-03", 28 * 1440), ("ZKH", "CAO-03", 28 * 1440), ("GGZ", "ATW-16", 28 * 1440), ("GHZ", "CAO-03", 21 * 1440)]
    {
        let norms = agreement(name);
        let warned = |work: &str| Roster::new(Person::default(), Vec::new()).judge(&block(work), &norms, now).warnings;
        assert!(warned("2026-05-11 07:00-15:00 30").is_empty(), "{name}: 28 days");
        let late = warned("2026-05-04 06:59-15:00 30");
        assert_eq!((ids(&late), late[0].limit, late[0].measured), (vec![rule], limit, 21 * 1440 - 1), "{name}");
        let later = warned("2026-05-04 07:00-15:00 30");
        assert_eq!(later.is_empty(), name == "GHZ", "{name}: 21 days");
    }
    // The law's own second limit.
    let short = Roster::new(Person::default(), Vec::new()).judge(&block("2026-04-17 06:59-15:00 30"), &Norms::LAW, now).warnings;
    assert_eq!((short[0].rule.id(), short[0].limit), ("ATW-16", 4 * 1440));
}

#[test]
fn the_twenty_third_free_weekend_may_be_taken_and_the_one_after_is_warned_of() {
    // 30 weekends of 52 are worked when 22 are free; those before the horizon are recorded.
    let weeks = (0..16_i64).map(|week| working_time::WeekRecord {
        week: crate::support::later(day("2025-09-07"), week * 7),
        work: 480,
        late_nights: 0,
        extended_nights: 0,
        presence: 0,
        sunday: false,
        saturday: true,
    });
    let person = Person { weeks: weeks.collect(), consents: Consents { sunday_work: true, ..Consents::default() }, ..Person::default() };
    let saturdays: Vec<i64> = (0..15).map(|week| week * 7).collect();
    let work = every("2026-05-09 08:00-12:00", &saturdays);
    let warned = |work: &[Block]| judge_last(&person, &agreement("VVT"), work).warnings;
    assert!(warned(&work[..14]).is_empty());
    assert_eq!(measured(&warned(&work), Rule::AgreedWeekends), [(21, 22)]);
    // The Sunday of a weekend that is worked already takes nothing.
    let mut sunday = work.clone();
    sunday.push(block("2026-05-10 08:00-12:00"));
    assert!(warned(&sunday).is_empty());
    assert!(judge_last(&person, &agreement("GHZ"), &work).warnings.is_empty(), "no such norm");
}

#[test]
fn free_sundays_are_warned_of_by_law_and_by_agreement() {
    let weeks = |worked: i64| {
        (0..worked).map(|week| working_time::WeekRecord {
            week: crate::support::later(day("2025-06-22"), week * 7),
            work: 480,
            late_nights: 0,
            extended_nights: 0,
            presence: 0,
            sunday: true,
            saturday: false,
        })
    };
    let person = |worked| Person {
        weeks: weeks(worked).collect(),
        consents: Consents { sunday_work: true, ..Consents::default() },
        ..Person::default()
    };
    let sunday = [block("2026-05-10 08:00-12:00")];
    for (worked, name, warned) in [(29, "GGZ", &[] as &[&str]), (30, "GGZ", &["CAO-10"]), (30, "VVT", &["CAO-10"]), (30, "GHZ", &[])] {
        assert_eq!(ids(&judge_last(&person(worked), &agreement(name), &sunday).warnings), warned, "{name} after {worked}");
    }
    let mut work = every("2026-03-08 08:00-12:00", &(0..9).map(|week| week * 7).collect::<Vec<_>>());
    work.push(block("2026-05-10 08:00-12:00"));
    let warnings = judge_last(&person(30), &Norms::LAW, &work).warnings;
    assert_eq!(measured(&warnings, Rule::FreeSundays), [(12, 13)]);
    assert!(judge_last(&person(29), &Norms::LAW, &work).warnings.is_empty());
    let unasked = Person { consents: Consents::default(), ..person(0) };
    assert_eq!(ids(&judge_last(&unasked, &Norms::LAW, &sunday).warnings), ["ATW-07"]);
}

#[test]
fn values_change_on_their_day() {
    let table =
        CaoTable::parse("version,1\nX,CAO-04,shift,9:00,2026-01-01,2026-05-31,\nX,CAO-04,shift,8:00,2026-06-01,,").expect("a table");
    for (work, refused) in
        [("2026-05-31 08:00-17:30 30", &[] as &[&str]), ("2026-06-01 08:00-17:30 30", &["CAO-04"]), ("2026-06-01 08:00-16:30 30", &[])]
    {
        let work = block(work);
        let norms = table.norms("X", work.starts_at().local_date());
        let verdict = Roster::new(Person::default(), Vec::new()).judge(&work, &norms, LONG_BEFORE);
        assert_eq!(ids(&verdict.refusals), refused, "{work:?}");
    }
}

#[test]
fn a_health_check_comes_before_the_first_night() {
    let now = Timestamp(0);
    let night = block("2026-05-04 23:00-07:00 30");
    let warned = |person: Person, before: &[Block]| ids(&Roster::new(person, before.to_vec()).judge(&night, &Norms::LAW, now).warnings);
    assert_eq!(warned(Person::default(), &[]), ["ATW-20"]);
    assert!(warned(Person::default(), &daily("2026-04-01 23:00-07:00 30", 1)).is_empty());
    let offered = Person { consents: Consents { night_work: true, ..Consents::default() }, ..Person::default() };
    assert!(warned(offered, &[]).is_empty());
}
