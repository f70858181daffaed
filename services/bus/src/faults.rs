//! Where a process may die, stall or lose an answer, and which guards can be taken away: for the contract suite (`tests/it/contract.rs`).
//!
//! The suite proves the bus by breaking it, so relay, consumer, leases and tail say at which [`Step`] they are, and ask before a
//! [`Guard`] whether it stands. Without the cargo feature `faults`, which nothing but this crate's own tests enables, [`Faults`] is empty:
//! every step is `Ok(())`, every guard stands, and the compiler leaves nothing of either. With the feature the same is true of every bus
//! that was not started with a plan (`Bus::connect_with_faults`), so of every bus of the product.

#[cfg(feature = "faults")]
mod plan;

use std::borrow::Cow;

#[cfg(feature = "faults")]
pub use self::plan::{Condition, Fault, Planned, StreamFault};

/// A place at which a process may die, in the order in which an event meets them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Before leases are renewed.
    LeaseWanted,
    /// Leases are renewed and not committed.
    LeaseTaken,
    /// They are, and who holds them has not heard of it.
    LeaseCommitted,
    /// Everything is given back and not committed.
    LeaseReturned,
    /// Before the relay looks for events without a position.
    RelayLooks,
    /// Positions are given and not committed.
    RelayGave,
    /// They are, and nobody has heard of it.
    RelayCommitted,
    /// Before events go to Redis.
    RelayPublishes,
    /// Redis has them, and the relay has not noted it.
    RelayPublished,
    /// Before the mark of what was published.
    RelayMarks,
    /// It is written, and the relay has not noted it.
    RelayMarked,
    /// Before the producer is asked how far its log is.
    TailCompares,
    /// Before events are fetched from the log.
    TailFetches,
    /// A stream gave events, and nothing was done with them.
    TailRead,
    /// A consumer has events and has done nothing with them.
    ConsumerRead,
    /// Its transaction has begun.
    ConsumerBegan,
    /// The handler has taken one event of a batch.
    ConsumerHandled,
    /// An event was queued behind its parked subject.
    ConsumerQueued,
    /// An event was parked with its error.
    ConsumerParked,
    /// Everything is done but for the position.
    ConsumerWorked,
    /// The position has moved and nothing is committed.
    ConsumerMoved,
    /// All is committed, and the consumer has not heard of it.
    ConsumerCommitted,
}

/// What keeps the bus right. A plan can take any of them away: a bug planted, to see that the suite finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Guard {
    /// The relay gives positions from where the database says that the partition is, under the lock of its cursor and the epoch in hand.
    /// Away, it trusts its memory. The unique index over positions would still refuse the second event of a position, so that the suite
    /// takes the index away too.
    RelayEpoch,
    /// Rows get their positions in the order in which they were written.
    WrittenOrder,
    /// A transaction that was open for long is found, though later rows have their positions already. SQLite has one writer and cannot
    /// know such a thing.
    LateCommits,
    /// What is kept in memory has no holes: they are filled from the producer, and what cannot be filled starts anew.
    Holes,
    /// An event that is known is left out when a stream gives it again.
    Known,
    /// Who follows compares with the producer, whatever streams and nudges say.
    Compared,
    /// Effect and position are one transaction.
    OneTransaction,
    /// A batch that fails is taken back as a whole.
    Rollback,
    /// The events of a batch that failed are taken one by one, so that only the one at fault waits.
    OneByOne,
    /// The position moves only under the epoch in hand. Alone its absence does no harm: of two owners only one moves the position from
    /// where both found it. It only spares the other the work.
    ConsumerEpoch,
    /// The position moves only from where the batch began. Alone its absence shows when the answer to a commit is lost and the same owner
    /// takes the batch again.
    ConsumerPosition,
    /// The events of a parked subject queue behind it.
    ParkedQueue,
}

impl Step {
    /// All of them.
    pub const ALL: [Self; 22] = [
        Self::LeaseWanted,
        Self::LeaseTaken,
        Self::LeaseCommitted,
        Self::LeaseReturned,
        Self::RelayLooks,
        Self::RelayGave,
        Self::RelayCommitted,
        Self::RelayPublishes,
        Self::RelayPublished,
        Self::RelayMarks,
        Self::RelayMarked,
        Self::TailCompares,
        Self::TailFetches,
        Self::TailRead,
        Self::ConsumerRead,
        Self::ConsumerBegan,
        Self::ConsumerHandled,
        Self::ConsumerQueued,
        Self::ConsumerParked,
        Self::ConsumerWorked,
        Self::ConsumerMoved,
        Self::ConsumerCommitted,
    ];

    /// Whether a transaction is open here, so that others may have to wait for whoever stalls.
    pub fn in_transaction(self) -> bool {
        use Step::*;
        matches!(
            self,
            LeaseTaken
                | LeaseReturned
                | RelayGave
                | ConsumerBegan
                | ConsumerHandled
                | ConsumerQueued
                | ConsumerParked
                | ConsumerWorked
                | ConsumerMoved
        )
    }

    /// Whether only a bus with Redis comes here.
    pub fn needs_redis(self) -> bool {
        matches!(self, Self::RelayPublishes | Self::RelayPublished | Self::RelayMarks | Self::RelayMarked | Self::TailRead)
    }
}

/// What one bus suffers: nothing, unless a test made a plan for it. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    #[cfg(feature = "faults")]
    plan: Option<std::sync::Arc<plan::Plan>>,
}

#[cfg(not(feature = "faults"))]
impl Faults {
    #[expect(clippy::unused_async, reason = "with the feature it may never end")]
    pub(crate) async fn at(&self, _: Step) -> chassis::error::Result<()> {
        Ok(())
    }

    pub(crate) fn without(&self, _: Guard) -> bool {
        false
    }

    #[expect(clippy::unused_async, reason = "with the feature it may wait")]
    pub(crate) async fn streamed(&self, events: Vec<crate::Event>) -> Vec<crate::Event> {
        events
    }
}

impl Faults {
    /// A condition of a statement, unless its guard is away.
    pub(crate) fn guarded(&self, guard: Guard, sql: &'static str) -> Cow<'static, str> {
        if self.without(guard) { format!("({sql} OR TRUE)").into() } else { sql.into() }
    }
}
