//! What a test plans for one bus, in advance and by counting, so that a seed can say it.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chassis::error::{Error, Result};
use tokio::sync::watch;

use super::{Faults, Guard, Step};
use crate::event::Event;

const PAUSE: Duration = Duration::from_millis(2);

/// What happens to a process at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// It dies: nothing of it goes on, and nothing is given back. The test that hears of it ends its runtime.
    Die,
    /// It stands still until the test lets it go on, and does not know that time went by. Open transactions of its other tasks end first.
    Stall,
    /// What it did is done, but the answer was lost.
    LoseAnswer,
}

/// A fault at the n-th time (from 1) that the process comes to a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planned {
    /// Where.
    pub step: Step,
    /// The n-th time.
    pub hit: u32,
    /// What.
    pub fault: Fault,
}

/// What a stream does to one of its entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamFault {
    /// This process never gets it.
    Lose,
    /// It comes twice.
    Repeat,
    /// It comes before the one before it.
    Swap,
    /// It comes behind what is read next.
    Delay,
}

/// How a process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// It runs.
    Runs,
    /// It stands still.
    Stalled,
    /// It is dead.
    Dead,
}

#[derive(Debug)]
pub(super) struct Plan {
    faults: Vec<Planned>,
    /// By the number of the entry, from 1, counting all that this process reads.
    stream: HashMap<u64, StreamFault>,
    away: HashSet<Guard>,
    condition: watch::Sender<Condition>,
    seen: Mutex<Seen>,
}

/// What happened so far.
#[derive(Debug, Default)]
struct Seen {
    hits: HashMap<Step, u32>,
    met: BTreeSet<(Step, Fault)>,
    entries: u64,
    lost: HashSet<(i32, i64)>,
    delayed: Vec<Event>,
}

impl Faults {
    /// What one process suffers: these faults, these entries of streams by their number, and without these guards.
    pub fn planned(faults: Vec<Planned>, stream: HashMap<u64, StreamFault>, away: HashSet<Guard>) -> Self {
        let condition = watch::Sender::new(Condition::Runs);
        Self { plan: Some(Arc::new(Plan { faults, stream, away, condition, seen: Mutex::default() })) }
    }

    /// How the process is, as it changes. `None` without a plan.
    pub fn watch(&self) -> Option<watch::Receiver<Condition>> {
        self.plan.as_ref().map(|plan| plan.condition.subscribe())
    }

    /// Lets a process that stalled go on.
    pub fn let_go(&self) {
        if let Some(plan) = &self.plan {
            plan.change(Condition::Stalled, Condition::Runs);
        }
    }

    /// Which faults have happened.
    pub fn met(&self) -> BTreeSet<(Step, Fault)> {
        self.plan.as_ref().map(|plan| plan.seen().met.clone()).unwrap_or_default()
    }

    pub(crate) async fn at(&self, step: Step) -> Result<()> {
        match &self.plan {
            Some(plan) => plan.at(step).await,
            None => Ok(()),
        }
    }

    pub(crate) fn without(&self, guard: Guard) -> bool {
        self.plan.as_ref().is_some_and(|plan| plan.away.contains(&guard))
    }

    /// What the process gets of what a stream holds.
    pub(crate) async fn streamed(&self, events: Vec<Event>) -> Vec<Event> {
        let Some(plan) = self.plan.as_ref().filter(|plan| !plan.stream.is_empty()) else { return events };
        let given = plan.streamed(events);
        if given.is_empty() {
            // The stream gives the same again at once, and so on until somebody else fetched what is lost.
            tokio::time::sleep(PAUSE).await;
        }
        given
    }
}

impl Plan {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, from: Condition, to: Condition) {
        self.condition.send_if_modified(|condition| {
            let changes = *condition == from;
            if changes {
                *condition = to;
            }
            changes
        });
    }

    async fn at(&self, step: Step) -> Result<()> {
        let fault = self.next(step);
        match fault {
            Some(Fault::Die) => drop(self.condition.send_replace(Condition::Dead)),
            Some(Fault::Stall) => self.change(Condition::Runs, Condition::Stalled),
            Some(Fault::LoseAnswer) => return Err(Error::Unavailable("an answer that a test lost")),
            None => {}
        }
        // Who has a transaction open goes on to its end, so that a stalled process does not hold up everybody else for nothing.
        let passes = step.in_transaction() && fault != Some(Fault::Stall);
        let goes_on = |condition: &Condition| *condition == Condition::Runs || (passes && *condition == Condition::Stalled);
        let _ = self.condition.subscribe().wait_for(goes_on).await;
        Ok(())
    }

    fn next(&self, step: Step) -> Option<Fault> {
        let mut seen = self.seen();
        let hit = seen.hits.entry(step).or_default();
        *hit += 1;
        let hit = *hit;
        let fault = self.faults.iter().find(|planned| planned.step == step && planned.hit == hit)?.fault;
        seen.met.insert((step, fault));
        Some(fault)
    }

    fn streamed(&self, events: Vec<Event>) -> Vec<Event> {
        let mut seen = self.seen();
        let late = std::mem::take(&mut seen.delayed);
        let mut given = Vec::with_capacity(events.len());
        for event in events {
            seen.entries += 1;
            match self.stream.get(&seen.entries) {
                _ if seen.lost.contains(&(event.partition, event.position)) => {}
                None => given.push(event),
                Some(StreamFault::Lose) => drop(seen.lost.insert((event.partition, event.position))),
                Some(StreamFault::Repeat) => given.extend([event.clone(), event]),
                Some(StreamFault::Swap) => given.insert(given.len().saturating_sub(1), event),
                Some(StreamFault::Delay) => seen.delayed.push(event),
            }
        }
        given.extend(late);
        given
    }
}
