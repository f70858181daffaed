//! The effect subscription: every event takes effect exactly once in a service, in order per partition (D2, D3, I6).
//!
//! The position stands in the service's own database and moves in the transaction that holds the effect, under the epoch in hand. So
//! whatever crashes or repeats, an effect and its position are both there or both not.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chassis::{
    db::Db,
    error::{Error, Result, told},
    frame::Frame,
    time::real_now,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement};
use tokio::{
    sync::{Notify, Semaphore},
    time::sleep,
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::{
    event::{Event, Heads, PARTITIONS, index},
    faults::{Faults, Guard, Step},
    handle::{Handler, handle},
    lag::{Failing, Lag, Watch},
    lease::{Held, Leases},
    metrics, parked,
    tail::Tail,
};

/// At most so many events of a partition share a transaction (D3).
const BATCH: usize = 64;
/// At most so many partitions of a consumer write at the same time, so that it leaves connections to the calls.
const WRITERS: usize = 4;
/// How soon to try for leases again when the database did not answer.
const AGAIN: Duration = Duration::from_secs(1);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// So often an event is tried before it is parked with its subject (D3).
const TRIES: u32 = 5;

/// What a consumer's partitions look like from outside.
#[derive(Debug, Default)]
struct State {
    position: i64,
    held: bool,
    failing: Option<Failing>,
}

pub(crate) struct Consumer {
    source: &'static str,
    db: Db,
    tail: Arc<Tail>,
    leases: Leases,
    handler: Arc<dyn Handler>,
    faults: Faults,
    writers: Semaphore,
    /// A partition was lost: look at the leases now.
    lost: Notify,
    states: Mutex<[State; PARTITIONS as usize]>,
}

struct Worker {
    epoch: i64,
    stop: CancellationToken,
    task: AbortOnDropHandle<()>,
}

/// What is done while the position moves.
#[derive(Clone, Copy)]
enum Work<'a> {
    Take(&'a [Arc<Event>]),
    /// After so many tries that ended with this error.
    Park(&'a Event, u32, &'a str),
}

/// Why a batch did not take effect.
enum Stop {
    /// The partition is somebody else's now.
    Lost,
    Failed(Error),
}

impl Consumer {
    pub(crate) fn new(
        source: &'static str,
        db: &Db,
        tail: Arc<Tail>,
        lease: Duration,
        handler: Arc<dyn Handler>,
        faults: &Faults,
    ) -> Arc<Self> {
        let writers = if db.backend() == DbBackend::Sqlite { 1 } else { WRITERS };
        Arc::new(Self {
            source,
            db: db.clone(),
            tail,
            leases: Leases::new(db, source, lease, faults),
            handler,
            faults: faults.clone(),
            writers: Semaphore::new(writers),
            lost: Notify::new(),
            states: Mutex::default(),
        })
    }

    /// How far this process's partitions are.
    pub(crate) fn lag(&self) -> Vec<Lag> {
        let heads = self.tail.tops().borrow().unwrap_or_default();
        let states = self.states();
        let held = (0..PARTITIONS).zip(states.iter()).filter(|(_, state)| state.held);
        held.map(|(partition, state)| Lag {
            source: self.source,
            partition,
            position: state.position,
            head: heads[index(partition)].max(state.position),
            failing: state.failing.clone(),
        })
        .collect()
    }

    fn states(&self) -> MutexGuard<'_, [State; PARTITIONS as usize]> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works on a fair share of the partitions until the process stops, then gives them back.
    pub(crate) async fn run(self: Arc<Self>, frame: Frame) {
        let shutdown = &frame.shutdown;
        tracing::info!(source = self.source, replica = %self.leases.owner, "taking a share of the events");
        let mut watch = Watch::new(self.source, Duration::from_secs(frame.settings.delay_alarm_s));
        let mut workers: HashMap<i32, Worker> = HashMap::new();
        let (mut prepared, mut well) = (false, true);
        while !shutdown.token.is_cancelled() {
            match self.renew(&mut prepared).await {
                Ok(held) => {
                    well = true;
                    self.assign(&mut workers, &held);
                }
                Err(error) if std::mem::take(&mut well) => {
                    tracing::warn!(source = self.source, %error, "cannot renew the leases of a consumer; trying again");
                }
                Err(_) => {}
            }
            watch.look(&self.lag(), parked::count(&self.db, self.source).await.ok(), &frame).await;
            let pause = if well { self.leases.period() } else { self.leases.period().min(AGAIN) };
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = sleep(pause) => {}
                () = self.lost.notified() => {}
            }
        }
        watch.end(&frame).await;
        for worker in workers.values() {
            worker.stop.cancel();
        }
        for (_, worker) in workers {
            let _ = worker.task.await;
        }
        if let Err(error) = self.leases.release().await {
            tracing::warn!(source = self.source, %error, "a consumer's leases were not given back; they end by themselves");
        }
    }

    async fn renew(&self, prepared: &mut bool) -> Result<Vec<Held>> {
        if !*prepared {
            self.leases.prepare().await?;
            *prepared = true;
        }
        self.leases.renew().await
    }

    /// Starts and stops workers so that exactly what is held is worked on.
    fn assign(self: &Arc<Self>, workers: &mut HashMap<i32, Worker>, held: &[Held]) {
        workers.retain(|partition, worker| {
            let kept = held.iter().any(|held| held.partition == *partition && held.epoch == worker.epoch);
            if !kept {
                worker.stop.cancel();
                self.states()[index(*partition)] = State::default();
            }
            kept && !worker.task.is_finished()
        });
        for held in held {
            workers.entry(held.partition).or_insert_with(|| {
                self.states()[index(held.partition)] = State { position: held.position, held: true, failing: None };
                let stop = CancellationToken::new();
                let task = tokio::spawn(self.clone().work(*held, stop.clone()));
                Worker { epoch: held.epoch, stop, task: AbortOnDropHandle::new(task) }
            });
        }
    }

    /// Takes the events of one partition, in order, as long as it is held.
    async fn work(self: Arc<Self>, held: Held, stop: CancellationToken) {
        let place = index(held.partition);
        let mut position = held.position;
        let mut tops = self.tail.tops();
        // Up to here events are taken one by one, since a batch with them failed.
        let mut alone_until = 0;
        let mut attempts = 0;
        // How often the next event itself was at fault: what is only away uses up none of its tries.
        let mut tries = 0;
        loop {
            let more = |tops: &Option<Heads>| tops.is_some_and(|tops| tops[place] > position);
            tokio::select! {
                () = stop.cancelled() => return,
                open = async { tops.wait_for(more).await.is_ok() } => if !open { return },
            }
            let size = if position < alone_until { 1 } else { BATCH };
            let events = self.tail.read(held.partition, position, size).await;
            let outcome = match &events {
                Ok(events) if events.is_empty() => Err(Stop::Failed(Error::Unavailable(self.source))),
                Ok(events) => self.take(&held, position, events).await,
                Err(error) => Err(Stop::Failed(Error::internal(error.to_string()))),
            };
            match (outcome, events.unwrap_or_default().as_slice()) {
                (Ok(()), events) => {
                    (attempts, tries) = (0, 0);
                    position = events.last().map_or(position, |event| event.position);
                    self.states()[place] = State { position, held: true, failing: None };
                }
                (Err(Stop::Lost), _) => {
                    self.lost.notify_one();
                    return;
                }
                (Err(Stop::Failed(_)), [_, .., last]) if !self.faults.without(Guard::OneByOne) => alone_until = last.position,
                (Err(Stop::Failed(error)), event) => {
                    attempts += 1;
                    self.failed(held.partition, event.first(), attempts, &error);
                    tries += u32::from(!event.is_empty() && !passes(&error));
                    if let ([event], true) = (event, tries >= TRIES && !passes(&error)) {
                        match self.park(&held, event, tries, &error).await {
                            Ok(()) => {
                                (attempts, tries, position) = (0, 0, event.position);
                                self.states()[place] = State { position, held: true, failing: None };
                                continue;
                            }
                            Err(Stop::Lost) => {
                                self.lost.notify_one();
                                return;
                            }
                            Err(Stop::Failed(error)) => {
                                tracing::warn!(source = self.source, %error, "an event could not be parked; trying again");
                            }
                        }
                    }
                    let pause = FIRST_PAUSE.saturating_mul(1 << (attempts - 1).min(10)).min(LONGEST_PAUSE);
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = sleep(pause) => {}
                    }
                }
            }
        }
    }

    /// Lets events take effect in one transaction with the position.
    async fn take(&self, held: &Held, position: i64, events: &[Arc<Event>]) -> Result<(), Stop> {
        self.faults.at(Step::ConsumerRead).await.map_err(Stop::Failed)?;
        let last = events.last().map_or(position, |event| event.position);
        self.advance_with(held, position, last, Work::Take(events)).await?;
        metrics::applied(self.source, events.len());
        Ok(())
    }

    /// Puts an event aside, and with it from now on its subject.
    async fn park(&self, held: &Held, event: &Event, attempts: u32, error: &Error) -> Result<(), Stop> {
        let text = told(error);
        self.advance_with(held, event.position - 1, event.position, Work::Park(event, attempts, &text)).await?;
        let Event { id, kind, subject, .. } = event;
        tracing::error!(source = self.source, event = %id, kind, %subject, error = text, "an event is parked; its subject waits (D3)");
        Ok(())
    }

    /// Does work in the transaction that moves the position, again while it meets others.
    async fn advance_with(&self, held: &Held, from: i64, to: i64, work: Work<'_>) -> Result<(), Stop> {
        let done = self
            .db
            .retry(|| async {
                // It is never closed.
                let _writer = self.writers.acquire().await;
                let mut txn = self.db.begin().await?;
                self.faults.at(Step::ConsumerBegan).await?;
                let worked = self.work_in(&txn, held, work).await;
                if self.faults.without(if worked.is_ok() { Guard::OneTransaction } else { Guard::Rollback }) {
                    txn.commit().await?;
                    txn = self.db.begin().await?;
                }
                worked?;
                self.faults.at(Step::ConsumerWorked).await?;
                if !self.advance(&txn, held, from, to).await? {
                    return Ok(false);
                }
                self.faults.at(Step::ConsumerMoved).await?;
                self.db.commit(txn).await?;
                self.faults.at(Step::ConsumerCommitted).await?;
                Ok(true)
            })
            .await;
        match done {
            Ok(true) => Ok(()),
            Ok(false) => Err(Stop::Lost),
            // A new owner may have been faster, or we ourselves with a commit whose answer was lost: then those effects are in the way of ours.
            Err(error) if self.leases.stands_at(held, from).await.unwrap_or(true) => Err(Stop::Failed(error)),
            Err(_) => Err(Stop::Lost),
        }
    }

    async fn work_in(&self, txn: &DatabaseTransaction, held: &Held, work: Work<'_>) -> Result<()> {
        match work {
            Work::Take(events) => {
                let mut parked = parked::subjects(txn, self.source, held.partition).await?;
                if self.faults.without(Guard::ParkedQueue) {
                    parked.clear();
                }
                for event in events {
                    // The event of a parked subject queues behind it.
                    if parked.contains(&(event.region, event.subject)) && parked::queue(txn, event).await? {
                        self.faults.at(Step::ConsumerQueued).await?;
                        continue;
                    }
                    handle(&*self.handler, txn, event).await?;
                    self.faults.at(Step::ConsumerHandled).await?;
                }
                Ok(())
            }
            Work::Park(event, attempts, error) => {
                parked::park(txn, event, attempts, Some(error)).await?;
                self.faults.at(Step::ConsumerParked).await
            }
        }
    }

    /// Moves the position, last in the transaction: while a handler works, a dead-looking owner can still be replaced. Who was replaced
    /// finds another epoch here and takes everything back.
    async fn advance(&self, txn: &DatabaseTransaction, held: &Held, from: i64, to: i64) -> Result<bool> {
        let ours = self.faults.guarded(Guard::ConsumerEpoch, "epoch = $4 AND owner = $5");
        let here = self.faults.guarded(Guard::ConsumerPosition, "position = $6");
        let sql = format!("UPDATE bus_cursor SET position = $1 WHERE name = $2 AND partition = $3 AND {ours} AND {here}");
        let values = [to.into(), self.source.into(), held.partition.into(), held.epoch.into(), self.leases.owner.into(), from.into()];
        let done = txn.execute_raw(Statement::from_sql_and_values(txn.get_database_backend(), sql, values)).await?;
        Ok(done.rows_affected() == 1)
    }

    /// Says what the partition waits for. Only ids and types: what is in an event belongs in no log.
    fn failed(&self, partition: i32, event: Option<&Arc<Event>>, attempts: u32, error: &Error) {
        let error = told(error);
        let Some(event) = event else {
            tracing::warn!(source = self.source, partition, attempts, error, "cannot read events; trying again");
            return;
        };
        metrics::failed(event);
        let (id, kind, position) = (event.id, &event.kind, event.position);
        tracing::warn!(source = self.source, partition, position, event = %id, kind, attempts, error, "an event failed; its partition waits");
        let failing = &mut self.states()[index(partition)].failing;
        let since = failing.as_ref().map_or_else(real_now, |failing| failing.since);
        *failing = Some(Failing { event: id, kind: kind.clone(), attempts, since, error });
    }
}

/// Whether an error says nothing about the event, but that something is away or in the way: it is waited out, however long.
fn passes(error: &Error) -> bool {
    matches!(error, Error::Unavailable(_) | Error::Repeat(_))
}
