//! What happens in one history, all of it from a seed: the same seed is the same schedule, whatever the machine does with it.

use bus::faults::{Fault, Planned, Step, StreamFault};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use uuid::Uuid;

/// A history.
#[derive(Debug)]
pub(crate) struct Schedule {
    /// A few, in partitions that they share. The first one may be the one that fails.
    pub(crate) subjects: Vec<Uuid>,
    /// Whether the handler cannot take the events of the first subject, until the end; by a panic or an error.
    pub(crate) poison: Option<Poison>,
    /// What replicas suffer, in the order in which they start; two are there from the beginning. Later ones suffer nothing.
    pub(crate) troubles: Vec<Trouble>,
    /// Whether nobody consumes before [`Act::Join`].
    pub(crate) joins_late: bool,
    /// Streams keep next to nothing.
    pub(crate) short_streams: bool,
    pub(crate) acts: Vec<Act>,
}

/// How the handler fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Poison {
    Error,
    Panic,
}

/// What one process suffers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trouble {
    pub(crate) faults: Vec<Planned>,
    /// By the number of the entry that it reads.
    pub(crate) stream: Vec<(u64, StreamFault)>,
}

/// What is done to the system. Subjects are places in [`Schedule::subjects`].
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// One transaction; a replica is told of it or not.
    Write {
        subjects: Vec<usize>,
        told: bool,
    },
    /// A transaction about this subject of its own, which stays open until the next one of these, or until the end.
    Linger {
        subject: Uuid,
    },
    /// Everybody waits until all is done that can be done.
    Rest,
    /// A partition is taken from its owner, who does not hear of it; of the relay or of the consumer.
    Rob {
        relay: bool,
        near: usize,
    },
    /// All streams are emptied, or cut to so many entries, or lose every second one.
    Empty,
    Trim(usize),
    Thin,
    /// One more replica, as a second consumer that joins late or the first.
    Join,
    /// A replica stops in order and another starts.
    Replace,
    /// All replicas die, so many events are written meanwhile, and two start again.
    Away(usize),
    /// Somebody works off what is parked.
    WorkOff,
}

impl Schedule {
    /// The history of a seed. One step in turn is where something goes wrong for sure, the rest is chance.
    pub(crate) fn of(seed: u64, distributed: bool) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let steps: Vec<Step> = steps(distributed);
        let step = steps[usize::try_from(seed % steps.len() as u64).expect("a place")];
        let fault = any_fault(&mut rng, step, distributed);
        let hit = first_hit(&mut rng, step);
        Self::around(&mut rng, Planned { step, hit, fault }, distributed)
    }

    /// A history in which a replica dies at this step, if it comes there.
    pub(crate) fn with_death_at(step: Step, seed: u64, distributed: bool) -> Self {
        Self::with_fault(Planned { step, hit: 1, fault: Fault::Die }, seed, distributed)
    }

    /// A history in which this goes wrong, if it comes there.
    pub(crate) fn with_fault(planned: Planned, seed: u64, distributed: bool) -> Self {
        Self::around(&mut StdRng::seed_from_u64(seed), planned, distributed)
    }

    /// A history in which streams give every entry twice.
    pub(crate) fn with_repeats(seed: u64) -> Self {
        let mut history = Self::of(seed, true);
        for trouble in &mut history.troubles {
            *trouble = Trouble { faults: Vec::new(), stream: (1..=24).map(|entry| (entry, StreamFault::Repeat)).collect() };
        }
        history
    }

    fn around(rng: &mut StdRng, main: Planned, distributed: bool) -> Self {
        let parks = matches!(main.step, Step::ConsumerParked | Step::ConsumerQueued);
        let poison = (parks || rng.random_ratio(1, 6)).then(|| if rng.random_ratio(1, 4) { Poison::Panic } else { Poison::Error });
        let mut troubles: Vec<Trouble> = (0..4).map(|_| trouble(rng, distributed)).collect();
        troubles[0].faults.insert(0, main);
        if rng.random_ratio(2, 3) {
            troubles[1].faults.insert(0, main);
        }
        let partitions: Vec<u8> = (0..rng.random_range(1..=3)).map(|_| rng.random_range(0..16)).collect();
        let subjects: Vec<Uuid> = (0..rng.random_range(3..=6)).map(|n| subject(rng, partitions[n % partitions.len()])).collect();
        let joins_late = rng.random_ratio(1, 6);
        let mut acts: Vec<Act> = (0..rng.random_range(4..=8)).map(|_| act(rng, &subjects, distributed)).collect();
        // So that there is something to do wrong, and something after it.
        acts.insert(0, write(rng, subjects.len()));
        if joins_late {
            acts.extend([Act::Join, Act::Join]);
        }
        if main.step == Step::LeaseReturned {
            acts.push(Act::Replace);
        }
        acts.push(write(rng, subjects.len()));
        Self { subjects, poison, troubles, joins_late, short_streams: rng.random_ratio(1, 4), acts }
    }
}

/// The steps of this mode.
pub(crate) fn steps(distributed: bool) -> Vec<Step> {
    Step::ALL.into_iter().filter(|step| distributed || !step.needs_redis()).collect()
}

fn any_fault(rng: &mut StdRng, step: Step, distributed: bool) -> Fault {
    match rng.random_range(0..10) {
        0..4 => Fault::Die,
        4 | 5 => Fault::LoseAnswer,
        // Nobody can write to an SQLite file while a transaction is open, so nobody would notice.
        _ if !distributed && step.in_transaction() => Fault::Die,
        _ => Fault::Stall,
    }
}

fn first_hit(rng: &mut StdRng, step: Step) -> u32 {
    match step {
        Step::LeaseWanted | Step::LeaseTaken | Step::LeaseCommitted | Step::TailCompares | Step::RelayLooks => rng.random_range(1..=8),
        Step::ConsumerHandled => rng.random_range(1..=6),
        Step::LeaseReturned | Step::ConsumerParked | Step::ConsumerQueued => 1,
        _ => rng.random_range(1..=3),
    }
}

fn trouble(rng: &mut StdRng, distributed: bool) -> Trouble {
    let steps = steps(distributed);
    let faults = (0..rng.random_range(0..=2)).map(|_| {
        let step = *steps.choose(rng).expect("some");
        Planned { step, hit: first_hit(rng, step) + rng.random_range(0..=2), fault: any_fault(rng, step, distributed) }
    });
    let faults = faults.collect();
    let kinds = [StreamFault::Lose, StreamFault::Lose, StreamFault::Repeat, StreamFault::Swap, StreamFault::Delay];
    let entries = if distributed { rng.random_range(0..=8) } else { 0 };
    let stream = (0..entries).map(|_| (rng.random_range(1..=24), *kinds.choose(rng).expect("some"))).collect();
    Trouble { faults, stream }
}

fn write(rng: &mut StdRng, subjects: usize) -> Act {
    let subjects = (0..rng.random_range(1..=6)).map(|_| rng.random_range(0..subjects)).collect();
    Act::Write { subjects, told: rng.random_ratio(3, 4) }
}

fn act(rng: &mut StdRng, subjects: &[Uuid], distributed: bool) -> Act {
    let near = rng.random_range(0..subjects.len());
    match rng.random_range(0..24) {
        0..10 => write(rng, subjects.len()),
        10 | 11 => Act::Rest,
        12 | 13 => Act::Rob { relay: rng.random(), near },
        14 => Act::Join,
        15 => Act::Replace,
        // Now and then more than what a batch, a page or the memory holds.
        16 => Act::Away(if rng.random_ratio(1, 4) { rng.random_range(300..600) } else { rng.random_range(10..100) }),
        17 => Act::WorkOff,
        _ if !distributed => write(rng, subjects.len()),
        18 => Act::Empty,
        19 => Act::Trim(rng.random_range(0..3)),
        20 => Act::Thin,
        _ => Act::Linger { subject: subject(rng, subjects[near].as_bytes()[15] % 16) },
    }
}

/// An id of a partition, from the seed.
fn subject(rng: &mut StdRng, partition: u8) -> Uuid {
    let mut bytes: [u8; 16] = rng.random();
    bytes[15] = bytes[15] & 0xf0 | partition;
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}
