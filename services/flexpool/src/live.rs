//! Live words on shifts, for whoever watches (D4).
//!
//! In every replica one task follows flexpool's own log by broadcast, looks up each shift that changed once, and tells all watchers of this
//! replica through a channel of fixed size. Nobody waits for a slow watcher: it loses words and is told so.

use std::{collections::HashSet, sync::Arc, time::Duration};

use bus::{Bus, Event};
use chassis::{
    caller::Call,
    db::Db,
    error::{Error, Result},
    frame::Frame,
    ids::{PoolId, RegionId, ShiftId},
    shutdown::Shutdown,
};
use futures::StreamExt;
use proto::flexpool as api;
use tokio::{
    sync::{broadcast, watch},
    time::Instant,
};

use crate::{domain::shift::Shift, store};

/// A watcher may be this many words behind.
const CAPACITY: usize = 1024;
/// So many events that came together are looked at together: a shift that many claim at once is looked up once.
const TOGETHER: usize = 256;
/// How long a worker's pools are kept before they are asked for again.
const POOLS_KEPT: Duration = Duration::from_secs(60);

/// A word to a watcher.
#[derive(Debug, Clone)]
pub(crate) enum Word {
    /// The shift changed, and is now so.
    Changed(RegionId, Arc<Shift>),
    /// Words were lost: list again.
    Lost,
}

/// Where watchers of this replica listen. Clones are the same.
#[derive(Debug, Clone)]
pub(crate) struct Live {
    words: broadcast::Sender<Word>,
    ready: watch::Receiver<bool>,
    shutdown: Shutdown,
}

impl Live {
    /// Begins to follow flexpool's own log.
    pub(crate) fn start(frame: &Frame, bus: &Bus, db: &Db) -> Self {
        let (words, _) = broadcast::channel(CAPACITY);
        let (is_ready, ready) = watch::channel(false);
        let mut events = bus.broadcast(frame, "flexpool");
        let (db, sender) = (db.clone(), words.clone());
        frame.shutdown.spawn(async move {
            if !events.ready().await {
                return;
            }
            is_ready.send_replace(true);
            let mut events = Box::pin(events.into_stream().ready_chunks(TOGETHER));
            while let Some(events) = events.next().await {
                if sender.receiver_count() > 0 {
                    tell(&db, &sender, &events).await;
                }
            }
        });
        Self { words, ready, shutdown: frame.shutdown.clone() }
    }

    /// Watches what the caller may see, from now on.
    pub(crate) async fn watch(&self, db: &Db, call: Call) -> Result<Watch> {
        let words = self.words.subscribe();
        let mut ready = self.ready.clone();
        tokio::select! {
            ready = ready.wait_for(|ready| *ready) => drop(ready.map_err(|_| Error::Unavailable("flexpool"))?),
            () = self.shutdown.cancelled() => return Err(Error::Unavailable("flexpool")),
        }
        Ok(Watch { call, db: db.clone(), words, shutdown: self.shutdown.clone(), pools: HashSet::new(), pools_until: Instant::now() })
    }
}

/// Looks up the shifts that these events changed and tells all watchers.
async fn tell(db: &Db, words: &broadcast::Sender<Word>, events: &[Arc<Event>]) {
    let mut seen = HashSet::new();
    let changed: Vec<(RegionId, ShiftId)> =
        events.iter().filter_map(|event| shift_of(event).map(|shift| (event.region, shift))).filter(|key| seen.insert(*key)).collect();
    for (region, id) in changed {
        let word = match store::shift::get(db.read(), region, id).await {
            Ok(Some(shift)) => Word::Changed(region, Arc::new(shift)),
            Ok(None) => continue,
            Err(error) => {
                tracing::warn!(shift = %id, %error, "a changed shift could not be looked up; watchers list again");
                Word::Lost
            }
        };
        // Without a watcher nobody needs to know.
        let _ = words.send(word);
    }
}

/// The shift that an event is about.
fn shift_of(event: &Event) -> Option<ShiftId> {
    let text = if event.is::<api::ShiftPublished>() {
        event.decode::<api::ShiftPublished>().ok()?.shift
    } else if event.is::<api::ShiftCancelled>() {
        event.decode::<api::ShiftCancelled>().ok()?.shift
    } else if event.is::<api::ShiftClosed>() {
        event.decode::<api::ShiftClosed>().ok()?.shift
    } else if event.is::<api::ClaimConfirmed>() {
        event.decode::<api::ClaimConfirmed>().ok()?.shift
    } else if event.is::<api::ClaimWithdrawn>() {
        event.decode::<api::ClaimWithdrawn>().ok()?.shift
    } else if event.is::<api::ClaimReleased>() {
        event.decode::<api::ClaimReleased>().ok()?.shift
    } else if event.is::<api::PlaceOffered>() {
        event.decode::<api::PlaceOffered>().ok()?.shift
    } else if event.is::<api::WaitEnded>() {
        event.decode::<api::WaitEnded>().ok()?.shift
    } else {
        return None;
    };
    text.parse().ok()
}

/// One caller's watch.
#[derive(Debug)]
pub(crate) struct Watch {
    call: Call,
    db: Db,
    words: broadcast::Receiver<Word>,
    shutdown: Shutdown,
    pools: HashSet<PoolId>,
    pools_until: Instant,
}

impl Watch {
    /// The next word that the caller may hear; `None` when the process stops. The door ends the stream with the caller's token.
    pub(crate) async fn next(&mut self) -> Option<Word> {
        loop {
            let word = tokio::select! {
                biased;
                () = self.shutdown.cancelled() => return None,
                word = self.words.recv() => word,
            };
            match word {
                Ok(Word::Changed(region, shift)) => {
                    if region == self.call.region && self.sees(&shift).await {
                        return Some(Word::Changed(region, shift));
                    }
                }
                Ok(Word::Lost) | Err(broadcast::error::RecvError::Lagged(_)) => return Some(Word::Lost),
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }

    async fn sees(&mut self, shift: &Shift) -> bool {
        if self.call.scope.reaches(shift.terms.organisation) {
            return true;
        }
        let Some(worker) = self.call.scope.person() else { return false };
        // A pool that was not there a moment ago may be: it is asked for again, but not for every shift of others.
        if self.pools_until <= Instant::now() {
            let today = self.call.now.local_date();
            match store::copy::pools_of(self.db.read(), self.call.region, worker, today).await {
                Ok(pools) => self.pools = pools,
                Err(error) => tracing::warn!(%error, "a watcher's pools could not be looked up"),
            }
            self.pools_until = Instant::now() + POOLS_KEPT;
        }
        self.pools.contains(&shift.terms.pool)
    }
}

#[cfg(test)]
mod tests {
    use chassis::{
        auth::{Reach, Scope, Who},
        caller::{Caller, Grant, Role, Subject},
        ids::{OrganisationId, WardId},
        time::Timestamp,
    };

    use super::*;
    use crate::domain::sample;

    fn shift_at(organisation: OrganisationId) -> Arc<Shift> {
        let mut terms = sample::shift("2026-05-04 07:00 2026-05-04 15:00");
        terms.organisation = organisation;
        let (ward_name, organisation_name) = (String::new(), String::new());
        let (external_reference, closed_because) = (None, None);
        Arc::new(Shift { terms, ward: WardId::new(), external_reference, closed_because, ward_name, organisation_name, place: None })
    }

    async fn watch(capacity: usize, organisation: OrganisationId) -> (broadcast::Sender<Word>, watch::Sender<bool>, Shutdown, Watch) {
        let (words, _) = broadcast::channel(capacity);
        let (is_ready, ready) = watch::channel(true);
        let shutdown = Shutdown::new();
        let live = Live { words: words.clone(), ready, shutdown: shutdown.clone() };
        let db = Db::connect("sqlite::memory:", 1).await.expect("a database");
        let grants = vec![Grant { role: Role::Planner, organisation: Some(organisation) }];
        let caller = Caller { subject: Subject::Client("test".to_owned()), region: Some(region()), grants, worker: None };
        let scope = Scope::new(&caller, Who::Roles(&[(Role::Planner, Reach::Own)])).expect("a planner");
        let watch = live.watch(&db, Call { caller, scope, region: region(), now: Timestamp(0) }).await.expect("a watch");
        (words, is_ready, shutdown, watch)
    }

    fn region() -> RegionId {
        RegionId(uuid::Uuid::from_u128(7))
    }

    #[tokio::test]
    async fn a_slow_watcher_is_told_that_words_were_lost_and_then_goes_on() {
        let own = OrganisationId::new();
        let (words, _ready, _shutdown, mut watch) = watch(4, own).await;
        for _ in 0..10 {
            words.send(Word::Changed(region(), shift_at(own))).expect("a watcher");
        }
        assert!(matches!(watch.next().await, Some(Word::Lost)));
        for _ in 0..4 {
            assert!(matches!(watch.next().await, Some(Word::Changed(..))));
        }
    }

    #[tokio::test]
    async fn a_planner_hears_only_of_the_own_organisation_and_region() {
        let own = OrganisationId::new();
        let (words, _ready, _shutdown, mut watch) = watch(8, own).await;
        words.send(Word::Changed(region(), shift_at(OrganisationId::new()))).expect("a watcher");
        words.send(Word::Changed(RegionId::new(), shift_at(own))).expect("a watcher");
        words.send(Word::Changed(region(), shift_at(own))).expect("a watcher");
        let Some(Word::Changed(heard_in, heard)) = watch.next().await else { panic!("a word") };
        assert_eq!((heard_in, heard.terms.organisation), (region(), own));
        assert!(watch.words.is_empty());
    }

    #[tokio::test]
    async fn a_watch_ends_when_the_process_stops() {
        let (_words, _ready, shutdown, mut watch) = watch(4, OrganisationId::new()).await;
        shutdown.cancel();
        assert!(watch.next().await.is_none());
    }
}
