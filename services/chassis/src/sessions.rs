//! Sessions that ended before their tokens did, and the streams that end with them (D14).
//!
//! A token is valid by itself until its time is over, at most ten minutes; what is revoked in between is remembered here until then. Every
//! replica has its own memory, fed by members' broadcast; one that starts later asks members for what was revoked before. Sign-outs of ten
//! minutes are few, so the bound is never met; if it were, the revocation that would be forgotten first is.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use proto::chassis::Reason;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};

use crate::{
    error::plain,
    time::{Timestamp, real_now},
};

/// At most so many revocations are remembered.
const REMEMBERED: usize = 100_000;

/// What is known of sessions. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sessions(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    /// Revoked sessions, and until when that matters.
    revoked: HashMap<Arc<str>, Timestamp>,
    /// The same, soonest first.
    by_end: BTreeSet<(Timestamp, Arc<str>)>,
    /// Sessions with open streams, and how many.
    streams: HashMap<Arc<str>, (CancellationToken, usize)>,
}

impl Known {
    fn forget_first(&mut self) {
        if let Some((_, session)) = self.by_end.pop_first() {
            self.revoked.remove(&session);
        }
    }
}

impl Sessions {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_revoked(&self, session: &str, now: Timestamp) -> bool {
        self.known().revoked.get(session).is_some_and(|until| *until > now)
    }

    pub(crate) fn revoke(&self, session: &str, until: Timestamp, now: Timestamp) {
        let mut known = self.known();
        while known.by_end.first().is_some_and(|(until, _)| *until <= now) {
            known.forget_first();
        }
        if let Some((streams, _)) = known.streams.get(session) {
            streams.cancel();
        }
        let before = known.revoked.get(session).copied();
        if until <= now || before.is_some_and(|before| before >= until) {
            return;
        }
        let session: Arc<str> = session.into();
        if let Some(before) = before {
            known.by_end.remove(&(before, session.clone()));
        }
        known.revoked.insert(session.clone(), until);
        known.by_end.insert((until, session));
        if known.revoked.len() > REMEMBERED {
            tracing::warn!("more sessions were revoked than can be remembered");
            known.forget_first();
        }
    }

    /// A stream begins for a session, with a token that is valid until `expires`.
    pub(crate) fn open_stream(&self, session: Option<&str>, expires: Timestamp) -> OpenStream {
        let left = u64::try_from(expires.0.saturating_sub(real_now().0)).unwrap_or(0);
        let mut known = self.known();
        let (session, revoked) = match session {
            None => (None, CancellationToken::new()),
            Some(session) => {
                let session: Arc<str> = session.into();
                let (token, count) = known.streams.entry(session.clone()).or_default();
                *count += 1;
                let token = token.clone();
                // Revoked after the token was looked at and before the stream was known here.
                if known.revoked.contains_key(&session) {
                    token.cancel();
                }
                (Some(session), token)
            }
        };
        OpenStream { sessions: self.clone(), session, revoked, left: Duration::from_micros(left) }
    }
}

/// A stream that is open under a token.
#[derive(Debug)]
pub(crate) struct OpenStream {
    sessions: Sessions,
    session: Option<Arc<str>>,
    revoked: CancellationToken,
    left: Duration,
}

impl OpenStream {
    /// Waits until the stream must end, and says why.
    pub(crate) async fn ended(self) -> Status {
        let (reason, message) = tokio::select! {
            biased;
            () = self.revoked.cancelled() => (Reason::SessionEnded, "the session has ended"),
            () = tokio::time::sleep(self.left) => (Reason::TokenExpired, "the token has expired"),
        };
        plain(Code::Unauthenticated, reason, message)
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let Some(session) = &self.session else { return };
        let mut known = self.sessions.known();
        if let Some((_, count)) = known.streams.get_mut(session) {
            *count -= 1;
            if *count == 0 {
                known.streams.remove(session);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000);

    fn remembered(sessions: &Sessions) -> usize {
        let known = sessions.known();
        assert_eq!(known.revoked.len(), known.by_end.len());
        known.revoked.len()
    }

    #[test]
    fn a_revocation_counts_until_its_end_and_is_then_forgotten() {
        let sessions = Sessions::default();
        sessions.revoke("a", Timestamp(2_000), NOW);
        assert!(sessions.is_revoked("a", Timestamp(1_999)) && !sessions.is_revoked("b", NOW));
        assert!(!sessions.is_revoked("a", Timestamp(2_000)));
        sessions.revoke("b", Timestamp(3_000), Timestamp(2_000));
        assert_eq!(remembered(&sessions), 1);
    }

    #[test]
    fn again_and_later_is_once_and_the_latest() {
        let sessions = Sessions::default();
        for until in [2_000, 3_000, 2_500, 500] {
            sessions.revoke("a", Timestamp(until), NOW);
        }
        assert_eq!(remembered(&sessions), 1);
        assert!(sessions.is_revoked("a", Timestamp(2_999)));
    }

    #[test]
    fn memory_is_bounded_and_what_would_end_first_is_forgotten_first() {
        let sessions = Sessions::default();
        let count = i64::try_from(REMEMBERED).expect("small") + 10;
        for number in 0..count {
            sessions.revoke(&number.to_string(), Timestamp(2_000 + number), NOW);
        }
        assert_eq!(remembered(&sessions), REMEMBERED);
        assert!(!sessions.is_revoked("9", NOW) && sessions.is_revoked("10", NOW));
    }

    #[tokio::test]
    async fn streams_are_forgotten_when_they_are_closed() {
        let sessions = Sessions::default();
        let later = real_now().plus(Duration::from_secs(3_600));
        let open: Vec<_> = (0..3).map(|_| sessions.open_stream(Some("a"), later)).collect();
        assert_eq!(sessions.known().streams.len(), 1);
        sessions.revoke("a", later, real_now());
        for stream in open {
            assert_eq!(stream.ended().await.code(), Code::Unauthenticated);
        }
        assert_eq!(sessions.known().streams.len(), 0);
        // It was admitted a moment ago.
        assert_eq!(sessions.open_stream(Some("a"), later).ended().await.message(), "the session has ended");
        assert_eq!(sessions.open_stream(None, real_now()).ended().await.message(), "the token has expired");
    }
}
