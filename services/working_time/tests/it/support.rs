//! Values for the tests, short enough to stand in a row.

use chassis::{
    ids::{EmploymentId, OrganisationId},
    time::{LocalDate, Timestamp},
};
use uuid::Uuid;
use working_time::{Block, CaoTable, Finding, Norms, Person, Roster, Rule, Verdict};

pub(crate) fn day(text: &str) -> LocalDate {
    text.parse().expect("a date")
}

/// So many days later.
pub(crate) fn later(day: LocalDate, days: i64) -> LocalDate {
    LocalDate(day.0 + chrono::Duration::days(days))
}

/// `2026-10-25 02:30` on the clock in Europe/Amsterdam; a `*` behind it means the second pass.
pub(crate) fn at(text: &str) -> Timestamp {
    let (date, clock) = text.split_once(' ').expect("a day and a time");
    on(day(date), clock)
}

/// A time on the clock of a day; `24:00` and later are on the day after.
pub(crate) fn on(date: LocalDate, clock: &str) -> Timestamp {
    let second_pass = clock.ends_with('*');
    let (hour, minute) = clock.trim_end_matches('*').split_once(':').expect("a time");
    let minute = hour.parse::<u32>().expect("an hour") * 60 + minute.parse::<u32>().expect("a minute");
    later(date, i64::from(minute / 1440)).at_minute(minute % 1440, second_pass).expect("a time that exists")
}

/// `2026-05-04 23:00-07:00 30`: day, start, end (on the next day when it is not later; `31:00` is seven on the next day), break.
pub(crate) fn block(text: &str) -> Block {
    let mut fields = text.split(' ');
    let (date, times, rest) = (fields.next().expect("a day"), fields.next().expect("times"), fields.next().unwrap_or("0"));
    let (start, end) = times.split_once('-').expect("two times");
    let (starts_at, mut ends_at) = (on(day(date), start), on(day(date), end));
    if ends_at <= starts_at {
        ends_at = on(later(day(date), 1), end);
    }
    Block::new(starts_at, ends_at, rest.parse().expect("minutes")).expect("a block").at(employer(1)).under(employment(1))
}

pub(crate) fn blocks(texts: &[&str]) -> Vec<Block> {
    texts.iter().map(|text| block(text)).collect()
}

/// The same times on so many days in a row, `2026-05-04 23:00-07:00 30`.
pub(crate) fn daily(text: &str, days: i64) -> Vec<Block> {
    every(text, &(0..days).collect::<Vec<_>>())
}

/// The same times so many days after the one that is named.
pub(crate) fn every(text: &str, days: &[i64]) -> Vec<Block> {
    let (date, rest) = text.split_once(' ').expect("a day");
    days.iter().map(|days| block(&format!("{} {rest}", later(day(date), *days)))).collect()
}

pub(crate) fn employer(number: u128) -> OrganisationId {
    OrganisationId(Uuid::from_u128(number))
}

pub(crate) fn employment(number: u128) -> EmploymentId {
    EmploymentId(Uuid::from_u128(number))
}

/// The shipped values of an agreement in 2026.
pub(crate) fn agreement(name: &str) -> Norms {
    CaoTable::shipped().norms(name, day("2026-05-04"))
}

/// Far enough ahead that nothing is short notice.
pub(crate) const LONG_BEFORE: Timestamp = Timestamp(0);

/// Judges the last block beside those before it.
pub(crate) fn judge_last(person: &Person, norms: &Norms, blocks: &[Block]) -> Verdict {
    let (candidate, others) = blocks.split_last().expect("at least one");
    Roster::new(person.clone(), others.to_vec()).judge(candidate, norms, LONG_BEFORE)
}

pub(crate) fn ids(findings: &[Finding]) -> Vec<&'static str> {
    let mut ids: Vec<&str> = findings.iter().map(|finding| finding.rule.id()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Every rule that is refused when the blocks are entered one after the other, whatever is refused on the way.
pub(crate) fn refused_on_the_way(person: &Person, norms: &Norms, blocks: &[Block]) -> Vec<&'static str> {
    let mut ids: Vec<&str> = (1..=blocks.len()).flat_map(|count| ids(&judge_last(person, norms, &blocks[..count]).refusals)).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// What a rule found in the verdict on the last block: measured and limit.
pub(crate) fn measured(findings: &[Finding], rule: Rule) -> Vec<(i64, i64)> {
    findings.iter().filter(|finding| finding.rule == rule).map(|finding| (finding.measured, finding.limit)).collect()
}

/// One row of a test: what the last block is refused for, if for anything.
pub(crate) fn check(person: &Person, norms: &Norms, blocks: &[Block], refused: &[&str], row: &str) {
    let verdict = judge_last(person, norms, blocks);
    assert_eq!(ids(&verdict.refusals), refused, "{row}: {:?}", verdict.refusals);
    assert_eq!(verdict.is_allowed(), refused.is_empty(), "{row}");
}
