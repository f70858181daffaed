//! What holds of every roster.

use chassis::time::Timestamp;
use proptest::prelude::*;
use working_time::{Block, Finding, Norms, Person, Roster, Verdict};

use crate::support::{LONG_BEFORE, at, day, employment, later};

const MINUTE: i64 = 60_000_000;
const WEEK: i64 = 7 * 24 * 60;

/// Work at some minutes after an instant.
fn shifted(from: &str, start: i64, length: i64, rest: i64) -> Block {
    let start = at(from).0 + start * MINUTE;
    Block::new(Timestamp(start), Timestamp(start + length * MINUTE), rest).expect("a block").under(employment(1))
}

/// Up to so many pieces of work within six weeks from an instant on, in steps of a quarter of an hour.
fn work(from: &'static str, most: usize) -> impl Strategy<Value = Vec<Block>> {
    let piece = (0..6 * 7 * 24 * 4_i64, 8..52_i64, 0..4_i64)
        .prop_map(move |(start, length, rest)| shifted(from, start * 15, length * 15, rest * 15));
    prop::collection::vec(piece, 0..most)
}

fn around_changes() -> impl Strategy<Value = Vec<Block>> {
    prop_oneof![work("2026-05-04 00:00", 30), work("2026-03-09 00:00", 30), work("2026-10-05 00:00", 30)]
}

fn roster(blocks: &[Block]) -> Roster {
    Roster::new(Person::default(), blocks.to_vec())
}

fn far_from(blocks: &[Block], candidate: &Block) -> bool {
    let hours = |a: Timestamp, b: Timestamp| (a.0 - b.0) / (60 * MINUTE);
    blocks.iter().all(|block| hours(block.starts_at(), candidate.ends_at()) >= 8 || hours(candidate.starts_at(), block.ends_at()) >= 8)
}

/// A verdict with the times and blocks of its findings left out.
fn figures(verdict: &Verdict) -> Vec<Vec<(&'static str, i64, i64, usize)>> {
    let figures = |findings: &Vec<Finding>| {
        findings.iter().map(|finding| (finding.rule.id(), finding.measured, finding.limit, finding.blocks.len())).collect()
    };
    [&verdict.refusals, &verdict.exceptions, &verdict.warnings, &verdict.older].map(figures).to_vec()
}

fn moved(block: &Block, minutes: i64) -> Block {
    block.moved_to(Timestamp(block.starts_at().0 + minutes * MINUTE)).expect("near")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn totals_never_fall_when_work_is_added_that_merges_with_nothing(mut blocks in around_changes(), more in work("2026-05-04 00:00", 4)) {
        for candidate in more.into_iter().chain(blocks.first().map(|block| moved(block, 3 * WEEK))) {
            if !far_from(&blocks, &candidate) {
                continue;
            }
            let before = roster(&blocks);
            blocks.push(candidate);
            let after = roster(&blocks);
            let first = later(candidate.starts_at().local_date(), -16 * 7);
            for week in 0..18 {
                for weeks in [1, 4, 16] {
                    let from = later(first, week * 7);
                    prop_assert!(after.worked(from, weeks) >= before.worked(from, weeks));
                }
            }
            let worked = (candidate.ends_at().0 - candidate.starts_at().0) / MINUTE - candidate.break_minutes();
            prop_assert_eq!(after.worked(first, 18) - before.worked(first, 18), worked);
        }
    }

    #[test]
    fn moving_everything_by_whole_weeks_changes_nothing(blocks in work("2026-05-04 00:00", 25), candidate in work("2026-05-11 00:00", 2), weeks in 1..8_i64) {
        // From May to the end of August the clock is not changed, nor in the fifteen weeks that the rules look back from 2026-07-20.
        let summer = |blocks: &[Block], by: i64| blocks.iter().map(|block| moved(block, by * WEEK)).collect::<Vec<_>>();
        for candidate in candidate {
            let here = roster(&blocks).judge(&candidate, &Norms::LAW, LONG_BEFORE);
            let there = roster(&summer(&blocks, weeks)).judge(&moved(&candidate, weeks * WEEK), &Norms::LAW, LONG_BEFORE);
            prop_assert_eq!(figures(&here), figures(&there));
        }
    }

    #[test]
    fn the_order_of_entry_changes_nothing(blocks in around_changes(), candidate in work("2026-05-04 00:00", 2), seed in any::<u64>()) {
        let mut shuffled: Vec<(usize, Block)> = blocks.iter().copied().enumerate().collect();
        let mut state = seed;
        for at in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            shuffled.swap(at, usize::try_from(state >> 33).expect("small") % (at + 1));
        }
        let other = roster(&shuffled.iter().map(|(_, block)| *block).collect::<Vec<_>>());
        let candidate = candidate.first().copied().unwrap_or_else(|| shifted("2026-05-04 00:00", 0, 480, 30));
        for candidate in blocks.iter().map(|block| moved(block, 600)).chain([candidate]).take(6) {
            let (one, two) = (roster(&blocks).judge(&candidate, &Norms::LAW, LONG_BEFORE), other.judge(&candidate, &Norms::LAW, LONG_BEFORE));
            prop_assert_eq!(figures(&one), figures(&two));
            for (a, b) in one.refusals.iter().zip(&two.refusals) {
                let work = |finding: &Finding, blocks: &dyn Fn(usize) -> Block| finding.blocks.iter().map(|at| blocks(*at)).map(|b| (b.starts_at(), b.ends_at())).collect::<Vec<_>>();
                prop_assert_eq!(work(a, &|at| blocks[at]), work(b, &|at| shuffled[at].1));
            }
        }
    }

    #[test]
    fn two_adjoining_blocks_are_one_with_the_same_breaks(blocks in around_changes(), which in any::<prop::sample::Index>(), cut in 1..400_i64, candidate in work("2026-05-04 00:00", 3)) {
        prop_assume!(!blocks.is_empty());
        let whole = blocks[which.index(blocks.len())];
        let (start, end) = (whole.starts_at().0, whole.ends_at().0);
        let middle = start + cut * MINUTE;
        // A break must fit into its part, and the whole must not cross Saturday 24:00.
        let sunday = |time: i64| later(day("2026-01-04"), (Timestamp(time).local_date().0 - day("2026-01-04").0).num_days().div_euclid(7) * 7);
        prop_assume!(middle < end && cut > whole.break_minutes() && sunday(start) == sunday(end - 1));
        // Overlapping work counts once: which part of an overlapped block counts would differ.
        prop_assume!(blocks.iter().filter(|block| block.starts_at().0 < end && block.ends_at().0 > start).count() == 1);
        let part = |from: i64, until: i64, rest: i64| Block::new(Timestamp(from), Timestamp(until), rest).expect("a block").under(employment(1));
        let mut two = blocks.clone();
        two[which.index(blocks.len())] = part(start, middle, whole.break_minutes());
        two.push(part(middle, end, 0));
        for candidate in candidate.into_iter().chain([moved(&whole, 1440)]) {
            let figures = |blocks: &[Block]| {
                let verdict = roster(blocks).judge(&candidate, &Norms::LAW, LONG_BEFORE);
                let of = |findings: &[Finding]| findings.iter().map(|finding| (finding.rule.id(), finding.measured, finding.from, finding.until)).collect::<Vec<_>>();
                // The same overlap may be with either part.
                let overlaps = verdict.refusals.first().is_some_and(|finding| finding.rule.id() == "OVERLAP");
                (if overlaps { Vec::new() } else { of(&verdict.refusals) }, of(&verdict.exceptions), overlaps)
            };
            prop_assert_eq!(figures(&blocks), figures(&two));
        }
    }

    #[test]
    fn what_is_allowed_breaks_nothing_new(blocks in around_changes(), candidate in work("2026-05-04 00:00", 4)) {
        for candidate in candidate {
            let verdict = roster(&blocks).judge(&candidate, &Norms::LAW, LONG_BEFORE);
            prop_assert_eq!(verdict.is_allowed(), roster(&blocks).allows(&candidate, &Norms::LAW));
            prop_assert_eq!(verdict.is_allowed(), verdict.refusals.is_empty());
            let mut all = blocks.clone();
            all.push(candidate);
            let before = roster(&blocks).audit(candidate.starts_at().local_date(), None, &Norms::LAW);
            let after = roster(&all).audit(candidate.starts_at().local_date(), None, &Norms::LAW);
            if verdict.is_allowed() {
                let rules = |findings: &[Finding]| findings.iter().map(|finding| finding.rule).collect::<std::collections::BTreeSet<_>>();
                prop_assert!(rules(&after).is_subset(&rules(&before)));
            }
        }
    }
}
