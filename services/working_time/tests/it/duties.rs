//! ATB-01 to ATB-03: presence, reachable and on-call duty.

use working_time::{Block, Consents, Kind, Norms, Person, Roster, Rule, WeekRecord};

use crate::support::{block, check, daily, day, every, judge_last, later, measured};

const ARRANGED: Norms = Norms { presence: true, reachable: true, ..Norms::LAW };

fn of(kind: Kind, text: &str) -> Block {
    block(text).of_kind(kind)
}

fn presence(text: &str) -> Block {
    of(Kind::Presence, text)
}

fn on_call(text: &str) -> Block {
    of(Kind::OnCall, text)
}

fn row(blocks: &[Block], refused: &[&str], row: &str) {
    check(&Person::default(), &ARRANGED, blocks, refused, row);
}

#[test]
fn presence_and_reachable_duty_need_a_collective_arrangement() {
    let law = Norms::LAW;
    check(&Person::default(), &law, &[presence("2026-05-04 22:00-07:00")], &["ATB-02"], "presence");
    check(&Person::default(), &law, &[of(Kind::Reachable, "2026-05-04 22:00-07:00")], &["ATB-01"], "reachable");
    check(&Person::default(), &law, &[on_call("2026-05-04 22:00-07:00")], &[], "consignatie needs none");
    row(&[presence("2026-05-04 22:00-07:00")], &[], "presence, arranged");
    row(&[of(Kind::Reachable, "2026-05-04 22:00-07:00")], &[], "reachable, arranged");
}

#[test]
fn a_duty_lasts_a_day_at_most() {
    row(&[presence("2026-05-04 09:00-33:00")], &[], "24 hours of presence");
    row(&[presence("2026-05-04 09:00-33:01")], &["ATB-02"], "a minute more");
    row(&[block("2026-05-04 15:00-23:00 30"), presence("2026-05-04 23:00-39:00")], &[], "an evening, then presence: 24 hours");
    row(&[block("2026-05-04 14:59-23:00 30"), presence("2026-05-04 23:00-39:00")], &["ATB-02"], "a minute more");
    row(&[of(Kind::Reachable, "2026-05-04 09:00-33:00")], &[], "24 hours reachable");
    row(&[of(Kind::Reachable, "2026-05-04 09:00-33:01")], &["ATB-01"], "a minute more");
}

#[test]
fn all_of_presence_counts_as_work_and_a_sleep_duty_is_no_night_shift() {
    let roster = Roster::new(Person::default(), vec![presence("2026-05-04 22:00-07:00")]);
    assert_eq!(roster.worked(day("2026-05-04"), 1), 9 * 60);
    let nights: Vec<Block> = daily("2026-05-04 20:00-08:00", 4).into_iter().map(|block| block.of_kind(Kind::Presence)).collect();
    row(&nights, &[], "no ATW-02, no series of nights; 4 x 12 hours leave 120 of 168");
    // Ordinary work in the same night makes it one.
    let mixed = [presence("2026-05-04 23:00-03:00"), block("2026-05-05 03:00-07:00"), block("2026-05-05 20:59-22:00")];
    let used = judge_last(&Person::default(), &ARRANGED, &mixed).exceptions;
    assert_eq!(measured(&used, Rule::RestAfterNight), [(839, 840)]);
}

#[test]
fn rest_around_presence_is_eleven_hours_once_ten_and_once_eight_and_made_up_for() {
    let duty = || presence("2026-05-04 20:00-08:00");
    row(&[duty(), block("2026-05-05 19:00-22:00")], &[], "eleven hours");
    let after = |next: &[&str]| {
        let mut blocks = vec![duty()];
        blocks.extend(next.iter().map(|text| text.strip_prefix('!').map_or_else(|| block(text), presence)));
        blocks
    };
    row(&after(&["2026-05-05 16:00-20:00"]), &[], "eight hours, once");
    assert_eq!(
        measured(&judge_last(&Person::default(), &ARRANGED, &after(&["2026-05-05 16:00-20:00"])).exceptions, Rule::Presence),
        [(480, 660)]
    );
    row(&after(&["2026-05-05 16:00-20:00", "2026-05-06 10:00-12:00"]), &[], "made up for: fourteen hours");
    row(&after(&["2026-05-05 16:00-20:00", "2026-05-06 09:59-12:00"]), &["ATB-02"], "a minute less");
    row(&after(&["2026-05-05 18:00-20:00", "!2026-05-07 20:00-08:00", "2026-05-08 16:00-18:00"]), &[], "ten and eight in one week");
    row(&after(&["2026-05-05 16:00-18:00", "!2026-05-07 20:00-08:00", "2026-05-08 16:00-18:00"]), &["ATB-02"], "eight twice");
    row(
        &after(&[
            "2026-05-05 18:00-19:00",
            "!2026-05-06 20:00-08:00",
            "2026-05-07 18:00-19:00",
            "!2026-05-08 20:00-08:00",
            "2026-05-09 18:00-19:00",
        ]),
        &["ATB-02"],
        "ten three times",
    );
}

#[test]
fn a_week_with_presence_has_ninety_hours_of_rest_and_a_day_in_one_piece() {
    // Six duties of 13 hours leave 168 - 78 = 90 hours.
    let duties = |length: &str, days: &[i64]| {
        every(&format!("2026-05-04 {length}"), days).into_iter().map(|block| block.of_kind(Kind::Presence)).collect::<Vec<_>>()
    };
    row(&duties("20:00-09:00", &[0, 1, 2, 3, 4, 5]), &[], "90 hours");
    row(&duties("20:00-09:01", &[0, 1, 2, 3, 4, 5]), &["ATB-02"], "six minutes less");
    row(&duties("20:00-03:00", &[0, 1, 2, 3, 4, 5, 6, 7]), &["ATB-02"], "no day in one piece");
    // ATW-03 does not hold in that week: 5 x 13 = 65 hours.
    let roster = duties("08:00-21:00", &[-1, 0, 1, 2, 3]);
    row(&roster, &[], "65 hours");
}

#[test]
fn presence_is_counted_and_averaged_over_half_a_year() {
    let record = |work, presence| {
        (0..10_i64)
            .map(|week| WeekRecord {
                week: later(day("2026-01-04"), week * 7),
                work,
                late_nights: 0,
                extended_nights: 0,
                presence,
                sunday: false,
                saturday: false,
            })
            .collect::<Vec<_>>()
    };
    let duties: Vec<i64> = (0..32).map(|duty| duty / 2 * 7 + duty % 2 * 3).collect();
    let work: Vec<Block> = every("2026-03-16 22:00-07:00", &duties).into_iter().map(|block| block.of_kind(Kind::Presence)).collect();
    let person = |work, presence| Person { weeks: record(work, presence), ..Person::default() };
    check(&person(0, 2), &ARRANGED, &work, &[], "52 duties in 26 weeks");
    let mut more = work.clone();
    more.push(presence("2026-07-04 22:00-07:00"));
    check(&person(0, 2), &ARRANGED, &more, &["ATB-02"], "53");
    // 16 weeks of 18 hours and ten of 96 are 48 on average; the years of a week have no more than 60 hours, but records may say so.
    check(&person(96 * 60, 2), &ARRANGED, &work, &[], "48 hours");
    check(&person(96 * 60 + 1, 2), &ARRANGED, &work, &["ATB-02"], "ten minutes more");
    let consent = Person { consents: Consents { sixty_hours_with_presence: true, ..Consents::default() }, ..person(96 * 60 + 1, 2) };
    check(&consent, &ARRANGED, &work, &[], "sixty hours, by consent");
}

#[test]
fn no_on_call_duty_eleven_hours_before_a_night_and_fourteen_after() {
    let night = "2026-05-05 23:00-07:00 30";
    for (duty, refused) in [
        ("2026-05-05 08:00-12:00", &[] as &[&str]),
        ("2026-05-05 08:00-12:01", &["ATB-03"]),
        ("2026-05-06 21:00-23:00", &[]),
        ("2026-05-06 20:59-23:00", &["ATB-03"]),
    ] {
        row(&[block(night), on_call(duty)], refused, duty);
        row(&[on_call(duty), block(night)], refused, &format!("the night after {duty}"));
    }
}

#[test]
fn on_call_leaves_days_free() {
    let duties =
        |days: &[i64]| every("2026-05-03 18:00-20:00", days).into_iter().map(|block| block.of_kind(Kind::OnCall)).collect::<Vec<_>>();
    row(&duties(&(0..14).collect::<Vec<_>>()), &[], "fourteen days in four weeks");
    row(&duties(&(0..15).collect::<Vec<_>>()), &["ATB-03"], "fifteen");
    // Every second day on call, and work on the others but for two pairs.
    let alternate: Vec<i64> = (0..14).map(|day| day * 2).collect();
    let mut blocks = duties(&alternate[..12]);
    row(&blocks, &[], "two pairs at the end");
    blocks.push(block("2026-05-29 10:00-12:00"));
    row(&blocks, &["ATB-03"], "one pair");
}

#[test]
fn work_and_calls_around_on_call_duty_are_thirteen_hours_in_a_day() {
    let call = |text: &str| of(Kind::Call, text);
    let duty = on_call("2026-05-04 20:00-24:00");
    let day_work = block("2026-05-04 08:00-18:45 45");
    row(&[day_work, duty, call("2026-05-04 20:30-23:30")], &[], "ten and three");
    row(&[day_work, duty, call("2026-05-04 20:30-23:31")], &["ATB-03"], "a minute more");
    // A call makes no night and interrupts no rest.
    let calls = [
        block("2026-05-04 14:00-22:00 30"),
        on_call("2026-05-04 22:00-07:00"),
        call("2026-05-05 03:00-05:00"),
        block("2026-05-05 09:00-12:00"),
    ];
    row(&calls, &[], "eleven hours between the shifts");
    // It is half an hour of work at least.
    let roster = Roster::new(Person::default(), vec![duty, call("2026-05-04 21:00-21:05"), call("2026-05-04 22:00-22:40")]);
    assert_eq!(roster.worked(day("2026-05-04"), 1), 70);
}

#[test]
fn a_call_is_within_its_duty_and_other_work_is_not() {
    let duty = on_call("2026-05-04 20:00-24:00");
    row(&[duty, block("2026-05-04 21:00-22:00")], &["OVERLAP"], "ordinary work");
    row(&[duty, of(Kind::Reachable, "2026-05-04 23:00-24:00")], &["OVERLAP"], "another duty");
    row(&[duty, of(Kind::Call, "2026-05-04 21:00-22:00")], &[], "a call");
    row(&[duty, of(Kind::Call, "2026-05-04 21:00-22:00"), of(Kind::Call, "2026-05-04 21:30-22:00")], &["OVERLAP"], "two calls at once");
}
