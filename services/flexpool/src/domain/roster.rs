//! Time at which somebody works outside claims: blocks of an employer's roster and work elsewhere that the worker told of, how a new
//! roster differs from the one before, and the packed form that claims read (D27).

use std::collections::{BTreeMap, HashMap, HashSet};

use ::working_time::Kind;
use chassis::{
    ids::{EmploymentId, OrganisationId, WorkBlockId, WorkerId},
    time::{LocalDate, Timestamp},
};
use uuid::Uuid;

use super::{calendar::Period, working_time::Busy};

/// The weeks of one packed row, in which blocks start: four.
pub const MONTH_MICROS: i64 = 28 * 24 * 3_600_000_000;
const MINUTE_MICROS: i64 = 60_000_000;

/// The kinds of work by the numbers of the proto and of the database.
const KINDS: [(i32, Kind); 6] =
    [(1, Kind::Ordinary), (2, Kind::Presence), (3, Kind::OnCall), (4, Kind::Reachable), (5, Kind::Call), (6, Kind::School)];

/// The kind with this number.
pub fn kind_from_number(number: i32) -> Option<Kind> {
    KINDS.into_iter().find(|(known, _)| *known == number).map(|(_, kind)| kind)
}

/// The number of a kind.
pub fn kind_number(kind: Kind) -> i32 {
    KINDS.into_iter().find(|(_, known)| *known == kind).map_or(1, |(number, _)| number)
}

/// When, and what is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time {
    /// When.
    pub period: Period,
    /// Unpaid break in minutes, shorter than the period.
    pub break_minutes: i32,
    /// What is done.
    pub kind: Kind,
}

/// A block of an organisation's roster, as its roster system says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The roster system's own number of it.
    pub external_reference: String,
    /// Under which employment.
    pub employment: EmploymentId,
    /// When, and what is done.
    pub time: Time,
}

/// A block as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkBlock {
    /// Its id.
    pub id: WorkBlockId,
    /// Whose it is.
    pub worker: WorkerId,
    /// Employer and employment; absent for work elsewhere that the worker told of.
    pub employer: Option<(OrganisationId, EmploymentId)>,
    /// The roster system's own number of it.
    pub external_reference: Option<String>,
    /// When, and what is done.
    pub time: Time,
}

impl WorkBlock {
    /// As the rules look at it.
    pub fn busy(&self) -> Busy {
        let Time { period, break_minutes, kind } = self.time;
        let (employer, employment) = self.employer.unzip();
        Busy { period, break_minutes, kind, employer, employment, claim: None }
    }

    /// The packed row that it belongs to.
    pub fn month(&self) -> i64 {
        month(self.time.period.starts_at())
    }
}

/// The number of the weeks in which something starts.
pub fn month(start: Timestamp) -> i64 {
    start.0.div_euclid(MONTH_MICROS)
}

/// When the weeks with this number begin.
pub fn month_start(month: i64) -> Timestamp {
    Timestamp(month.saturating_mul(MONTH_MICROS))
}

/// What has to be done to make the roster that is kept the new one.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Blocks to add, each with whose it is.
    pub added: Vec<(WorkerId, Planned)>,
    /// Blocks that are otherwise now: what was kept, whose it is, and as it is now.
    pub changed: Vec<(WorkBlock, WorkerId, Planned)>,
    /// Blocks that are no more.
    pub removed: Vec<WorkBlock>,
    /// How many are as they were.
    pub unchanged: usize,
    /// References of blocks of an employment that the organisation does not have.
    pub unknown: Vec<String>,
}

/// Compares `planned` with what is `kept`: the blocks with the same references, and those of the window, of which `is_in_window` tells.
/// Those with `unread` references stay, since nobody knows what is meant by them now. `workers` are those of the organisation's employments.
pub fn changes(
    planned: Vec<Planned>,
    unread: &HashSet<String>,
    kept: Vec<WorkBlock>,
    workers: &HashMap<EmploymentId, WorkerId>,
    is_in_window: impl Fn(&WorkBlock) -> bool,
) -> Changes {
    let mut changes = Changes::default();
    let mut before: BTreeMap<String, WorkBlock> =
        kept.into_iter().filter_map(|block| Some((block.external_reference.clone()?, block))).collect();
    for block in planned {
        let old = before.remove(&block.external_reference);
        match (workers.get(&block.employment), old) {
            // What is kept stays, since what is meant by it now is not known.
            (None, _) => changes.unknown.push(block.external_reference),
            (Some(worker), None) => changes.added.push((*worker, block)),
            (Some(worker), Some(old)) => {
                let same = old.worker == *worker && old.time == block.time && old.employer.is_some_and(|(_, id)| id == block.employment);
                if same {
                    changes.unchanged += 1;
                } else {
                    changes.changed.push((old, *worker, block));
                }
            }
        }
    }
    let stays = |reference: &String| unread.contains(reference);
    changes.removed = before.into_iter().filter(|(reference, _)| !stays(reference)).map(|(_, block)| block).filter(is_in_window).collect();
    changes
}

impl Changes {
    /// Whose time changes.
    pub fn workers(&self) -> HashSet<WorkerId> {
        let added = self.added.iter().map(|(worker, _)| *worker);
        let changed = self.changed.iter().flat_map(|(old, worker, _)| [old.worker, *worker]);
        added.chain(changed).chain(self.removed.iter().map(|block| block.worker)).collect()
    }

    /// Which packed rows change.
    pub fn months(&self) -> HashSet<(WorkerId, i64)> {
        let start = |block: &Planned| month(block.time.period.starts_at());
        let added = self.added.iter().map(|(worker, block)| (*worker, start(block)));
        let changed = self.changed.iter().flat_map(|(old, worker, block)| [(old.worker, old.month()), (*worker, start(block))]);
        added.chain(changed).chain(self.removed.iter().map(|block| (block.worker, block.month()))).collect()
    }
}

/// The days of which the whole roster is known when that of `new` comes to that of `known`, each from first to last. Days between two
/// parts that do not meet are known to nobody: then only the part that reaches further counts.
pub fn fed(known: (LocalDate, LocalDate), new: (LocalDate, LocalDate)) -> (LocalDate, LocalDate) {
    let follows = |last: LocalDate, first: LocalDate| last.0.succ_opt().is_some_and(|next| first.0 <= next);
    if follows(known.1, new.0) && follows(new.1, known.0) {
        (known.0.min(new.0), known.1.max(new.1))
    } else if known.1 > new.1 {
        known
    } else {
        new
    }
}

/// The version of the packed form, its first byte.
const PACKED: u8 = 1;

/// Packs blocks that start in the weeks of `month`: a few bytes for each, and each employment once.
pub fn pack(month: i64, blocks: &[Busy]) -> Vec<u8> {
    let base = month_start(month);
    let mut parties: Vec<(Uuid, Uuid)> = Vec::new();
    let mut entries = Vec::with_capacity(blocks.len() * 11);
    for block in blocks {
        let id = |id: Option<Uuid>| id.unwrap_or_default();
        let party = (id(block.employer.map(|employer| employer.0)), id(block.employment.map(|employment| employment.0)));
        let place = parties.iter().position(|known| *known == party).unwrap_or_else(|| {
            parties.push(party);
            parties.len() - 1
        });
        let start = u32::try_from(block.period.starts_at().minutes_since(base)).unwrap_or(u32::MAX);
        entries.extend(start.to_le_bytes());
        entries.extend(u16::try_from(block.period.minutes()).unwrap_or(u16::MAX).to_le_bytes());
        entries.extend(u16::try_from(block.break_minutes).unwrap_or(0).to_le_bytes());
        entries.push(u8::try_from(kind_number(block.kind)).unwrap_or(1));
        entries.extend(u16::try_from(place).unwrap_or(u16::MAX).to_le_bytes());
    }
    let mut packed = vec![PACKED];
    packed.extend(u16::try_from(parties.len()).unwrap_or(u16::MAX).to_le_bytes());
    for (employer, employment) in parties {
        packed.extend(employer.as_bytes());
        packed.extend(employment.as_bytes());
    }
    packed.extend(entries);
    packed
}

/// What was packed; `None` for bytes that are no such thing.
pub fn unpack(month: i64, packed: &[u8]) -> Option<Vec<Busy>> {
    let (&version, rest) = packed.split_first()?;
    let (count, mut rest) = rest.split_first_chunk::<2>()?;
    let mut parties = Vec::new();
    for _ in 0..u16::from_le_bytes(*count) {
        let (employer, after) = rest.split_first_chunk::<16>()?;
        let (employment, after) = after.split_first_chunk::<16>()?;
        parties.push((Uuid::from_bytes(*employer), Uuid::from_bytes(*employment)));
        rest = after;
    }
    let (entries, nothing) = rest.as_chunks::<11>();
    if version != PACKED || !nothing.is_empty() {
        return None;
    }
    entries.iter().map(|entry| unpacked(month_start(month), entry, &parties)).collect()
}

fn unpacked(base: Timestamp, entry: &[u8; 11], parties: &[(Uuid, Uuid)]) -> Option<Busy> {
    let [s0, s1, s2, s3, l0, l1, b0, b1, kind, p0, p1] = *entry;
    let start = Timestamp(base.0 + i64::from(u32::from_le_bytes([s0, s1, s2, s3])) * MINUTE_MICROS);
    let end = Timestamp(start.0 + i64::from(u16::from_le_bytes([l0, l1])) * MINUTE_MICROS);
    let (employer, employment) = parties.get(usize::from(u16::from_le_bytes([p0, p1])))?;
    Some(Busy {
        period: Period::new(start, end)?,
        break_minutes: i32::from(u16::from_le_bytes([b0, b1])),
        kind: kind_from_number(i32::from(kind))?,
        employer: (!employer.is_nil()).then_some(OrganisationId(*employer)),
        employment: (!employment.is_nil()).then_some(EmploymentId(*employment)),
        claim: None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::sample::{at, day, employment_id, organisation, period};

    fn worker(number: u128) -> WorkerId {
        WorkerId(Uuid::from_u128(number))
    }

    fn time(times: &str) -> Time {
        Time { period: period(times), break_minutes: 30, kind: Kind::Ordinary }
    }

    fn planned(reference: &str, employment: u128, times: &str) -> Planned {
        Planned { external_reference: reference.to_owned(), employment: employment_id(employment), time: time(times) }
    }

    fn kept(number: u128, block: &Planned) -> WorkBlock {
        WorkBlock {
            id: WorkBlockId(Uuid::from_u128(number)),
            worker: worker(block.employment.0.as_u128()),
            employer: Some((organisation(1), block.employment)),
            external_reference: Some(block.external_reference.clone()),
            time: block.time,
        }
    }

    const DAY: &str = "2026-05-04 07:00 2026-05-04 15:00";
    const LATE: &str = "2026-05-04 15:00 2026-05-04 23:00";

    #[test]
    fn only_differences_are_changes() {
        let workers = HashMap::from([(employment_id(1), worker(1)), (employment_id(2), worker(2))]);
        let before = [planned("same", 1, DAY), planned("moved", 1, DAY), planned("given", 1, LATE), planned("gone", 2, DAY)];
        let outside = planned("outside", 2, "2026-06-04 07:00 2026-06-04 15:00");
        let mut blocks: Vec<WorkBlock> = (1..).zip(&before).map(|(number, block)| kept(number, block)).collect();
        blocks.push(kept(9, &outside));
        let now = vec![
            planned("same", 1, DAY),
            planned("moved", 1, LATE),
            planned("given", 2, LATE),
            planned("new", 2, LATE),
            planned("whose", 7, DAY),
        ];
        let in_may = |block: &WorkBlock| block.time.period.starts_at() < at("2026-06-01 00:00");
        let found = changes(now.clone(), &HashSet::new(), blocks.clone(), &workers, in_may);
        assert_eq!((found.unchanged, &found.unknown), (1, &vec!["whose".to_owned()]));
        assert_eq!(found.added, [(worker(2), now[3].clone())]);
        let changed = [(blocks[1].clone(), worker(1), now[1].clone()), (blocks[2].clone(), worker(2), now[2].clone())];
        assert_eq!(found.changed, changed);
        assert_eq!(found.removed, [blocks[3].clone()]);
        assert_eq!(found.workers(), HashSet::from([worker(1), worker(2)]));
        let unread = changes(Vec::new(), &HashSet::from(["gone".to_owned()]), blocks[2..4].to_vec(), &workers, in_may);
        assert_eq!(unread.removed, [blocks[2].clone()]);
        let nothing = changes(vec![planned("same", 1, DAY)], &HashSet::new(), vec![blocks[0].clone()], &workers, |_| true);
        assert!(nothing.workers().is_empty() && nothing.months().is_empty());
    }

    #[test]
    fn a_block_of_an_unknown_employment_leaves_what_is_kept() {
        let block = planned("a", 1, DAY);
        let found = changes(vec![planned("a", 7, LATE)], &HashSet::new(), vec![kept(1, &block)], &HashMap::new(), |_| true);
        assert_eq!(found, Changes { unknown: vec!["a".to_owned()], ..Changes::default() });
    }

    #[test]
    fn days_between_two_parts_of_a_roster_are_not_known() {
        let days = |from, until| (day(from), day(until));
        let may = days("2026-05-01", "2026-05-31");
        for (new, all) in [
            (days("2026-06-01", "2026-06-30"), days("2026-05-01", "2026-06-30")),
            (days("2026-04-01", "2026-04-30"), days("2026-04-01", "2026-05-31")),
            (days("2026-05-10", "2026-05-20"), may),
            (days("2026-06-02", "2026-06-30"), days("2026-06-02", "2026-06-30")),
            (days("2026-04-01", "2026-04-29"), may),
        ] {
            assert_eq!(fed(may, new), all, "{new:?}");
        }
    }

    #[test]
    fn bytes_that_nobody_packed_are_nothing() {
        let packed = pack(
            0,
            &[Busy { period: Period::new(Timestamp(0), Timestamp(60_000_000)).expect("a minute"), ..crate::domain::sample::work(DAY, 1) }],
        );
        for bad in [&[][..], &[2, 0, 0], &[1, 1, 0], &packed[..packed.len() - 1], &[&packed[..], &[0]].concat()] {
            assert_eq!(unpack(0, bad), None, "{bad:?}");
        }
        assert_eq!(unpack(3, &[1, 0, 0]), Some(Vec::new()));
    }

    proptest! {
        #[test]
        fn what_was_packed_comes_back(
            month in 500_i64..1_000,
            blocks in proptest::collection::vec((0..28 * 24 * 60_i64, 1..72 * 60_i64, 0..KINDS.len(), 0..4_u128), 0..40),
        ) {
            let busy: Vec<Busy> = blocks
                .into_iter()
                .map(|(start, length, kind, party)| {
                    let start = Timestamp(month_start(month).0 + start * MINUTE_MICROS);
                    Busy {
                        period: Period::new(start, Timestamp(start.0 + length * MINUTE_MICROS)).expect("a period"),
                        break_minutes: i32::try_from(length / 4).expect("short"),
                        kind: KINDS[kind].1,
                        employer: (party > 0).then(|| organisation(party)),
                        employment: (party > 1).then(|| employment_id(party)),
                        claim: None,
                    }
                })
                .collect();
            prop_assert_eq!(unpack(month, &pack(month, &busy)), Some(busy));
        }
    }
}
