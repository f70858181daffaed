//! Plays a schedule against a bus, and holds at its end what the bus promises.

use std::{
    collections::{BTreeSet, HashSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use bus::{
    Event, Handler, Timing,
    faults::{Condition, Fault, Faults, Guard, Step},
    parked,
};
use chassis::{
    config::Settings,
    db::Db,
    error::{Error, Result},
    time::real_now,
};
use proto::flexpool::ShiftCancelled;
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::{
    actor::Actor,
    damage,
    schedule::{Act, Poison, Schedule},
};
use crate::harness::{Harness, SOURCE, assert_in_order_of_positions, assert_sound, effects, execute, pause, record, write};

/// How often others are looked at while somebody stalls: long enough to take everything over, and no condition of anything.
const LOOKS: usize = 80;

const CURSORS: &str = "SELECT name || '/' || partition || ' at ' || position || ' epoch ' || epoch || ' owned ' || (owner IS NOT NULL) || \
                       ' until ' || lease_until AS told FROM bus_cursor WHERE position > 0 OR name <> 'relay' ORDER BY name, partition";
const ACTIVITY: &str = "SELECT state || ' ' || COALESCE(wait_event, '') || ' ' || query AS told FROM pg_stat_activity \
                        WHERE datname = current_database() AND state <> 'idle'";

/// What a history needs to be played.
pub(crate) struct History {
    pub(crate) harness: Harness,
    pub(crate) schedule: Schedule,
    /// The guards that are away: the planted bug.
    pub(crate) away: HashSet<Guard>,
    /// So long nothing may change while something should; then it has hung.
    pub(crate) patience: Duration,
}

/// The faults that happened at their steps.
pub(crate) type Met = BTreeSet<(Step, Fault)>;

struct Stage {
    harness: Harness,
    schedule: Schedule,
    away: HashSet<Guard>,
    patience: Duration,
    /// From outside: no relay is told of what is committed through these.
    producer: Db,
    consumer: Db,
    handler: Arc<Taker>,
    actors: Vec<Actor>,
    /// How many replicas were started.
    started: usize,
    consuming: bool,
    lingers: Option<DatabaseTransaction>,
    met: Met,
}

/// Writes down every event; cannot take those of one subject.
struct Taker {
    poison: Option<(Uuid, Poison)>,
    healthy: AtomicBool,
}

#[async_trait]
impl Handler for Taker {
    async fn apply(&self, txn: &DatabaseTransaction, event: &Event) -> Result<()> {
        record(txn, event).await
    }

    async fn react(&self, _: &DatabaseTransaction, event: &Event) -> Result<()> {
        match self.poison {
            Some((subject, how)) if subject == event.subject && !self.healthy.load(Ordering::SeqCst) => match how {
                Poison::Error => Err(Error::internal("poison")),
                // Without the report of a panic, which nobody needs here.
                Poison::Panic => std::panic::resume_unwind(Box::new("poison")),
            },
            _ => Ok(()),
        }
    }
}

impl History {
    /// Plays it. Gives the harness back for the next one, and what happened. Panics when a promise is broken.
    pub(crate) async fn play(self) -> (Harness, Met) {
        let Self { harness, schedule, away, patience } = self;
        let (producer, consumer) = (harness.producer().await, harness.consumer().await);
        if away.contains(&Guard::RelayEpoch) {
            execute(&producer, "DROP INDEX IF EXISTS event_log_position").await;
        }
        let poison = schedule.poison.map(|how| (schedule.subjects[0], how));
        let handler = Arc::new(Taker { poison, healthy: AtomicBool::new(false) });
        let (consuming, actors, met) = (!schedule.joins_late, Vec::new(), Met::new());
        let mut stage =
            Stage { harness, schedule, away, patience, producer, consumer, handler, actors, started: 0, consuming, lingers: None, met };
        stage.start().await;
        stage.start().await;
        for act in std::mem::take(&mut stage.schedule.acts) {
            stage.act(act).await;
            stage.tend().await;
        }
        stage.end().await
    }
}

impl Stage {
    /// Starts a replica with the next trouble that is planned.
    async fn start(&mut self) {
        let trouble = self.schedule.troubles.get(self.started).cloned().unwrap_or_default();
        self.started += 1;
        let faults = Faults::planned(trouble.faults, trouble.stream.into_iter().collect(), self.away.clone());
        let mut settings = self.harness.settings();
        if self.schedule.short_streams {
            settings = Settings { stream_length: 1, ..settings };
        }
        // So long that no machine is too slow to renew them; nobody waits for their end (`go_by`). In an SQLite file they are six times
        // as long.
        let lease = Duration::from_millis(if self.harness.redis.is_some() { 1500 } else { 250 });
        let timing = Timing { lease, tick: Duration::from_millis(100) };
        let handler = self.consuming.then(|| self.handler.clone() as Arc<dyn Handler>);
        self.actors.push(Actor::start(&self.harness, settings, timing, faults, handler).await);
    }

    async fn act(&mut self, act: Act) {
        let (producer, consumer, region) = (self.producer.clone(), self.consumer.clone(), self.harness.region);
        match act {
            Act::Write { subjects, told } => {
                let subjects: Vec<Uuid> = subjects.into_iter().map(|place| self.schedule.subjects[place]).collect();
                self.meanwhile(async move { write(&producer, region, &subjects).await }).await;
                if let (true, Some(actor)) = (told, self.actors.last()) {
                    actor.tell();
                }
            }
            Act::Linger { subject } => self.linger(subject).await,
            Act::Rest => self.settle(true).await,
            Act::Rob { relay, near } => {
                let (db, name) = if relay { (producer, "relay") } else { (consumer, SOURCE) };
                let partition = bus::partition_of(self.schedule.subjects[near]);
                let sql = format!(
                    "UPDATE bus_cursor SET epoch = epoch + 1, owner = NULL, lease_until = 0 WHERE name = '{name}' AND partition = {partition}"
                );
                self.meanwhile(async move { execute(&db, &sql).await }).await;
            }
            Act::Empty => damage::empty(&self.harness).await,
            Act::Trim(entries) => damage::trim(&self.harness, entries).await,
            Act::Thin => damage::thin(&self.harness).await,
            Act::Join => {
                self.consuming = true;
                self.start().await;
            }
            Act::Replace => {
                if let Some(actor) = self.actors.pop() {
                    self.met.extend(actor.faults.met());
                    let faults = actor.faults.clone();
                    self.meanwhile(actor.stop()).await;
                    self.met.extend(faults.met());
                }
                self.start().await;
            }
            Act::Away(events) => {
                for actor in std::mem::take(&mut self.actors) {
                    self.leave(actor);
                }
                let subjects: Vec<Uuid> = self.schedule.subjects.iter().copied().cycle().take(events).collect();
                for part in subjects.chunks(200) {
                    let row =
                        |subject: &Uuid| bus::log::Row::new(region, real_now(), *subject, &ShiftCancelled { shift: subject.to_string() });
                    let txn = producer.begin().await.expect("begun");
                    bus::log::append_all(&txn, part.iter().map(row).collect()).await.expect("appended");
                    producer.commit(txn).await.expect("committed");
                }
                self.go_by().await;
                self.start().await;
                self.start().await;
            }
            Act::WorkOff => self.work_off().await,
        }
    }

    /// Ends what lingers, and begins again.
    async fn linger(&mut self, subject: Uuid) {
        self.commit_what_lingers().await;
        let txn = self.producer.begin().await.expect("begun");
        let message = ShiftCancelled { shift: subject.to_string() };
        bus::log::append(&txn, self.harness.region, real_now(), subject, &message).await.expect("appended");
        self.lingers = Some(txn);
    }

    async fn commit_what_lingers(&mut self) {
        if let Some(txn) = self.lingers.take() {
            self.producer.commit(txn).await.expect("committed");
        }
    }

    async fn work_off(&mut self) {
        let (consumer, handler) = (self.consumer.clone(), self.handler.clone());
        let worked = self.meanwhile(async move { parked::work_off(&consumer, SOURCE, &*handler, None).await }).await;
        // It met somebody else again and again; who needs it does it again.
        assert!(matches!(&worked, Ok(_) | Err(Error::Repeat(_))), "{worked:?}");
    }

    /// Does something while replicas die and stall. A task of its own, so that nothing it holds waits for who tends them.
    async fn meanwhile<T: Send + 'static>(&mut self, work: impl Future<Output = T> + Send + 'static) -> T {
        let mut work = AbortOnDropHandle::new(tokio::spawn(work));
        loop {
            let waits: Vec<_> = self.actors.iter().map(|actor| Box::pin(actor.troubled())).collect();
            let troubled = async {
                match waits.is_empty() {
                    true => std::future::pending().await,
                    false => drop(futures::future::select_all(waits).await),
                }
            };
            tokio::select! {
                done = &mut work => return done.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic())),
                () = troubled => self.tend().await,
            }
        }
    }

    /// Replaces who is dead; lets who stalls go on, after others took over what it holds.
    async fn tend(&mut self) {
        self.actors.iter().for_each(Actor::assert_heard_in_order);
        while let Some(place) = self.place_of(Condition::Dead) {
            let actor = self.actors.swap_remove(place);
            self.leave(actor);
            self.go_by().await;
            self.start().await;
        }
        if let Some(place) = self.place_of(Condition::Stalled) {
            self.overtake(place).await;
        }
    }

    fn place_of(&self, condition: Condition) -> Option<usize> {
        self.actors.iter().position(|actor| actor.condition() == condition)
    }

    fn leave(&mut self, actor: Actor) {
        self.met.extend(actor.faults.met());
        actor.assert_heard_in_order();
        actor.kill();
    }

    async fn overtake(&mut self, place: usize) {
        if self.place_of(Condition::Runs).is_none() {
            self.start().await;
        }
        // There is something to do, so that it is seen that others do it.
        write(&self.producer, self.harness.region, &self.schedule.subjects[1..]).await;
        self.go_by().await;
        for _ in 0..LOOKS {
            if self.done(true).await.is_ok() {
                break;
            }
            pause().await;
        }
        // It wakes up to new work that it believes to be its own.
        write(&self.producer, self.harness.region, &self.schedule.subjects[1..]).await;
        self.actors[place].faults.let_go();
    }

    /// More time goes by than a lease lasts, for everybody: who lives renews its own, if nobody is faster. Who is in the middle of a
    /// transaction keeps its rows.
    async fn go_by(&self) {
        let lock = if self.harness.redis.is_some() { "FOR UPDATE SKIP LOCKED" } else { "" };
        for db in [&self.producer, &self.consumer] {
            for (table, end, key) in [("bus_replica", "alive_until", "name, owner"), ("bus_cursor", "lease_until", "name, partition")] {
                execute(db, &format!("UPDATE {table} SET {end} = 0 WHERE ({key}) IN (SELECT {key} FROM {table} {lock})")).await;
            }
        }
    }

    /// Whether everything is done that can be: what is parked counts as done, if it may.
    async fn done(&self, parked_counts: bool) -> Result<(), String> {
        match bus::caught_up(&self.producer, &self.consumer, SOURCE).await {
            Err(state) if parked_counts && state.ends_with("are parked (D3)") => Ok(()),
            done => done,
        }
    }

    /// Waits until everything is done that can be, as long as something changes.
    async fn settle(&mut self, parked_counts: bool) {
        if !self.consuming {
            return;
        }
        let mut before = (String::new(), Instant::now());
        for turn in 1.. {
            self.tend().await;
            match self.done(parked_counts).await {
                Ok(()) => return,
                Err(state) if state == before.0 => {
                    if before.1.elapsed() > self.patience {
                        panic!("nothing happens any more: {state}; {}", self.who_holds_what().await);
                    }
                }
                Err(state) => before = (state, Instant::now()),
            }
            if turn % 50 == 0 {
                // What is wrong already may well go on for ever.
                assert_eq!(bus::check(&self.producer, SOURCE).await.expect("checked"), []);
                let mut seen = HashSet::new();
                let again = effects(&self.consumer).await.into_iter().find(|effect| !seen.insert(effect.id));
                assert_eq!(again, None, "every event once");
            }
            pause().await;
        }
    }

    /// For whoever looks into a history that hangs.
    async fn who_holds_what(&self) -> String {
        let mut told: Vec<String> =
            self.actors.iter().map(|actor| format!("{:?} after {:?}", actor.condition(), actor.faults.met())).collect();
        let mut ask = vec![(&self.producer, CURSORS), (&self.consumer, CURSORS)];
        if self.harness.redis.is_some() {
            ask.extend([(&self.producer, ACTIVITY), (&self.consumer, ACTIVITY)]);
        }
        for (db, sql) in ask {
            let rows = db.read().query_all_raw(Statement::from_string(db.backend(), sql)).await.expect("asked");
            told.extend(rows.iter().map(|row| row.try_get("", "told").expect("text")));
        }
        told.join("\n  ")
    }

    async fn end(mut self) -> (Harness, Met) {
        self.commit_what_lingers().await;
        self.consuming = true;
        if self.place_of(Condition::Runs).is_none() {
            self.start().await;
        }
        self.settle(true).await;
        if self.schedule.poison.is_some() {
            // What comes while the subject is parked queues, and others go on.
            for _ in 0..2 {
                write(&self.producer, self.harness.region, &self.schedule.subjects[..2]).await;
                self.settle(true).await;
            }
            self.handler.healthy.store(true, Ordering::SeqCst);
            // What could take effect by now must not overtake what waits.
            write(&self.producer, self.harness.region, &self.schedule.subjects[..2]).await;
            self.settle(true).await;
            while self.done(false).await.is_err() {
                self.work_off().await;
                self.settle(true).await;
            }
        }
        let taken = assert_sound(&self.producer, &self.consumer, effects(&self.consumer).await).await;
        if self.schedule.poison.is_none() {
            assert_in_order_of_positions(&taken);
        }
        self.hear_everything().await;
        for actor in std::mem::take(&mut self.actors) {
            self.leave(actor);
        }
        for db in [self.producer, self.consumer] {
            db.close().await.expect("closed");
        }
        (self.harness, self.met)
    }

    /// Broadcasts have given everything, too.
    async fn hear_everything(&mut self) {
        let mut before = (String::new(), Instant::now());
        loop {
            self.tend().await;
            let heads = bus::heads(&self.producer).await.expect("heads");
            match self.actors.iter().try_for_each(|actor| actor.has_heard(&heads)) {
                Ok(()) => return,
                Err(state) if state == before.0 => assert!(before.1.elapsed() < self.patience, "nothing happens any more: {state}"),
                Err(state) => before = (state, Instant::now()),
            }
            pause().await;
        }
    }
}
