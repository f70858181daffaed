//! What happens in one history, all of it from a seed. Who meets whom in the service is chance and differs from time to time: that is what
//! is looked for.

use chassis::time::LocalDate;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use testkit::region::Opening;

pub(crate) const WORKERS: usize = 5;
/// So many blocks a roster has at most: the same references come again, otherwise.
const BLOCKS: usize = 6;
const STEPS: usize = 14;
/// How many minutes of business time follow each round. The days of shifts are chosen to match.
pub(crate) const LATER: [i64; 4] = [10, 4 * 60, 24 * 60, 2 * 24 * 60];
/// So many whole days have passed when a round begins.
const PASSED: [i64; 4] = [0, 0, 0, 1];

/// What the days of a history are like. Business time begins at noon of the first one; the clock changes on the fifth night, if it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Season {
    Plain,
    Spring,
    Autumn,
}

impl Season {
    pub(crate) fn of(seed: u64) -> Self {
        [Self::Plain, Self::Spring, Self::Autumn][usize::try_from(seed % 3).expect("small")]
    }

    /// The first day.
    pub(crate) fn day(self) -> LocalDate {
        let day = match self {
            Self::Plain => "2027-06-02",
            Self::Spring => "2027-03-24",
            Self::Autumn => "2027-10-27",
        };
        day.parse().expect("a day")
    }

    /// How many minutes more than the clock says pass in a night that begins so many days after the first one.
    pub(crate) fn gained(self, days: i64) -> i64 {
        match self {
            Self::Spring if days == 3 => -60,
            Self::Autumn if days == 3 => 60,
            _ => 0,
        }
    }
}

/// Somebody as a history begins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    /// Which of the two employers.
    pub(crate) employer: usize,
    pub(crate) on_call: bool,
    pub(crate) competent: bool,
}

/// Work on a day, between hours from its midnight on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hours {
    pub(crate) day: i64,
    pub(crate) from: i32,
    pub(crate) until: i32,
}

/// Something that somebody does. Shifts are counted modulo those that there are, claims and waits modulo those that a worker ever had.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Twice: at the same time, as an impatient thumb does.
    Claim {
        worker: usize,
        shift: usize,
        twice: bool,
    },
    Join {
        worker: usize,
        shift: usize,
        at_once: bool,
    },
    Withdraw {
        worker: usize,
        claim: usize,
    },
    Leave {
        worker: usize,
        wait: usize,
    },
    Accept {
        worker: usize,
        wait: usize,
    },
    /// An import of an employer: by reference, of whom, when.
    Roster {
        employer: usize,
        blocks: Vec<(usize, usize, Hours)>,
    },
    Declare {
        worker: usize,
        hours: Hours,
    },
    Away {
        worker: usize,
        from: i64,
        days: Option<i64>,
    },
    Back {
        worker: usize,
    },
    /// The competence ends with that day; or holds again without an end.
    Competence {
        worker: usize,
        until: Option<i64>,
    },
    NoNights {
        worker: usize,
        holds: bool,
    },
    /// The employment ends with that day, or goes on.
    Employed {
        worker: usize,
        until: Option<i64>,
    },
    Merge {
        kept: usize,
        merged: usize,
    },
    Cancel {
        shift: usize,
    },
    Leaves {
        employer: usize,
        on: i64,
    },
}

/// What happens at once, after these shifts were published.
#[derive(Debug)]
pub(crate) struct Round {
    pub(crate) shifts: Vec<(i64, Opening)>,
    pub(crate) steps: Vec<Step>,
}

#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) season: Season,
    pub(crate) workers: Vec<Member>,
    /// Whether a roster that comes later is stronger than a claim.
    pub(crate) own_gaps_first: bool,
    pub(crate) rounds: Vec<Round>,
}

impl Script {
    pub(crate) fn of(seed: u64) -> Self {
        let random = &mut StdRng::seed_from_u64(seed);
        let season = Season::of(seed);
        let member = |random: &mut StdRng| Member {
            employer: random.random_range(0..2),
            on_call: random.random_bool(0.2),
            competent: random.random_bool(0.7),
        };
        let workers = (0..WORKERS).map(|_| member(random)).collect();
        let (merges, leaves) = (random.random_bool(0.4).then(|| random.random_range(0..4)), random.random_bool(0.15));
        let rounds = (0..LATER.len()).map(|at| {
            let first = PASSED[at] + 1;
            let shifts = (0..if at == 0 { 6 } else { 2 }).map(|_| opening(random, season, first)).collect();
            let mut steps: Vec<Step> = (0..STEPS).map(|_| step(random, first)).collect();
            let place = random.random_range(0..STEPS);
            if merges == Some(at) {
                let kept = random.random_range(0..WORKERS);
                steps[place] = Step::Merge { kept, merged: (kept + random.random_range(1..WORKERS)) % WORKERS };
            } else if leaves && at + 1 == LATER.len() {
                steps[place] = Step::Leaves { employer: random.random_range(0..2), on: first + random.random_range(0..5) };
            }
            Round { shifts, steps }
        });
        let rounds = rounds.collect();
        Self { season, workers, own_gaps_first: random.random_bool(0.5), rounds }
    }
}

fn opening(random: &mut StdRng, season: Season, first: i64) -> (i64, Opening) {
    let days = first + random.random_range(0..5);
    let hours = [(7, 15), (8, 16), (12, 20), (15, 23), (23, 7), (22, 6), (7, 11)];
    let (start, end) = *hours.choose(random).expect("some");
    let day = LocalDate(season.day().0 + chrono::Duration::days(days));
    let opening = Opening::on(day).hours(start, end).places(random.random_range(1..4));
    let needs = if random.random_bool(0.3) { vec!["infuus".to_owned()] } else { Vec::new() };
    (days, Opening { competences: needs, ..opening })
}

fn hours(random: &mut StdRng, first: i64) -> Hours {
    let from = random.random_range(0..24);
    Hours { day: first + random.random_range(0..5), from, until: from + random.random_range(2..9) }
}

fn step(random: &mut StdRng, first: i64) -> Step {
    let (worker, shift) = (random.random_range(0..WORKERS), random.random_range(0..12));
    // Few, so that many want the same.
    let hot = if random.random_bool(0.5) { random.random_range(0..2) } else { worker };
    let any = random.random_range(0..8);
    let day = first + random.random_range(-1..5);
    match random.random_range(0..100) {
        0..44 => Step::Claim { worker: hot, shift, twice: random.random_bool(0.2) },
        44..56 => Step::Join { worker, shift, at_once: random.random_bool(0.4) },
        56..65 => Step::Withdraw { worker: hot, claim: any },
        65..68 => Step::Leave { worker, wait: any },
        68..73 => Step::Accept { worker, wait: any },
        73..80 => {
            let block = |random: &mut StdRng| (random.random_range(0..BLOCKS), random.random_range(0..WORKERS), hours(random, first));
            let mut blocks: Vec<_> = (0..random.random_range(1..4)).map(|_| block(random)).collect();
            blocks.sort_by_key(|(reference, _, _)| *reference);
            blocks.dedup_by_key(|(reference, _, _)| *reference);
            Step::Roster { employer: random.random_range(0..2), blocks }
        }
        80..84 => Step::Declare { worker, hours: hours(random, first) },
        84..88 => Step::Away { worker, from: day, days: random.random_bool(0.6).then(|| random.random_range(1..3)) },
        88..90 => Step::Back { worker },
        90..94 => Step::Competence { worker, until: random.random_bool(0.6).then_some(day) },
        94..96 => Step::NoNights { worker, holds: random.random_bool(0.6) },
        96..98 => Step::Employed { worker, until: random.random_bool(0.5).then_some(day) },
        _ => Step::Cancel { shift },
    }
}
