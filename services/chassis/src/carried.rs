//! What a call hands on to the calls made while it is served: the time that is left, and the trace that it belongs to.
//!
//! It goes with the task that serves the call, and every [`Peer`](crate::frame::Peer) adds it to what it sends; nobody passes it along by
//! hand and nobody can forget it. A task that is spawned has none of it, unless it is given [`Carried::current`]: what runs on after the
//! answer must not end with the call's time.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use opentelemetry::trace::SpanContext;
use tokio::task::futures::TaskLocalFuture;
use tonic::codegen::http::{HeaderMap, HeaderValue};

use crate::telemetry;

tokio::task_local! {
    static CARRIED: Carried;
}

/// The header in which a client says how long it waits.
const TIMEOUT: &str = "grpc-timeout";

/// What a call hands on. The default hands on nothing.
#[derive(Debug, Clone, Default)]
pub struct Carried {
    deadline: Option<Instant>,
    trace: Option<SpanContext>,
}

impl Carried {
    /// Of a call with these headers that must be answered by `deadline`, if there is one.
    pub fn new(headers: &HeaderMap, deadline: Option<Instant>) -> Self {
        Self { deadline, trace: telemetry::trace_of(headers) }
    }

    /// Of work on an event, which carries the trace of the call that wrote it. What is no trace context is ignored.
    pub fn of_event(traceparent: Option<&str>) -> Self {
        let mut headers = HeaderMap::new();
        if let Some(value) = traceparent.and_then(|text| text.parse().ok()) {
            headers.insert("traceparent", value);
        }
        Self::new(&headers, None)
    }

    /// What this task hands on.
    pub fn current() -> Self {
        CARRIED.try_with(Clone::clone).unwrap_or_default()
    }

    /// The same without an end, for work that goes on when the call is over.
    #[must_use]
    pub fn without_deadline(self) -> Self {
        Self { deadline: None, ..self }
    }

    /// Hands this on from everything that `work` calls.
    pub fn scope<F: Future>(self, work: F) -> TaskLocalFuture<Self, F> {
        CARRIED.scope(self, work)
    }

    /// The same for work that does not wait.
    pub(crate) fn sync_scope<T>(self, work: impl FnOnce() -> T) -> T {
        CARRIED.sync_scope(self, work)
    }

    /// The trace, where no collector keeps one.
    pub(crate) fn trace(&self) -> Option<&SpanContext> {
        self.trace.as_ref()
    }

    /// Tells whom we call how long they may take: what is left to us, unless they were given less.
    pub(crate) fn limit(&self, headers: &mut HeaderMap) {
        let Some(deadline) = self.deadline else { return };
        let left = deadline.saturating_duration_since(Instant::now());
        let left = timeout(headers).map_or(left, |given| given.min(left));
        if let Ok(value) = HeaderValue::from_str(&text(left)) {
            headers.insert(TIMEOUT, value);
        }
    }
}

/// How long the client waits: at most eight digits and a unit. What is no such text counts as none.
pub(crate) fn timeout(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(TIMEOUT)?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: u64 = digits.parse().ok().filter(|_| digits.len() <= 8)?;
    match unit {
        "H" => Some(Duration::from_secs(number * 3_600)),
        "M" => Some(Duration::from_secs(number * 60)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

/// The same the other way, in the finest unit in which it has eight digits. Cut, never rounded up.
fn text(timeout: Duration) -> String {
    const DIGITS: u128 = 99_999_999;
    match (timeout.as_micros(), timeout.as_millis(), timeout.as_secs()) {
        (micros, _, _) if micros <= DIGITS => format!("{micros}u"),
        (_, millis, _) if millis <= DIGITS => format!("{millis}m"),
        (_, _, seconds) => format!("{}S", u128::from(seconds).min(DIGITS)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(TIMEOUT.parse().expect("a name"), value.parse().expect("a value"))])
    }

    #[test]
    fn a_time_survives_the_wire_but_for_what_the_unit_cannot_say() {
        for (micros, expected) in [(0, 0), (1, 1), (99_999_999, 99_999_999), (100_000_999, 100_000_000), (360_000_000_000, 360_000_000_000)]
        {
            let there = text(Duration::from_micros(micros));
            assert_eq!(timeout(&headers(&there)), Some(Duration::from_micros(expected)), "{there}");
        }
        for wrong in ["", "S", "5", "5s", "-5S", "123456789u", "5 S"] {
            assert_eq!(timeout(&headers(wrong)), None, "{wrong}");
        }
    }

    #[test]
    fn the_shorter_of_both_times_counts() {
        let sent = |given: Option<&str>, left: u64| {
            let mut headers = given.map(headers).unwrap_or_default();
            let deadline = Instant::now().checked_add(Duration::from_secs(left));
            Carried { deadline, trace: None }.limit(&mut headers);
            timeout(&headers).expect("a time")
        };
        assert!(sent(None, 3_600) <= Duration::from_secs(3_600) && sent(None, 3_600) > Duration::from_secs(3_000));
        assert_eq!(sent(Some("5S"), 3_600), Duration::from_secs(5));
        assert_eq!(sent(Some("5S"), 0), Duration::ZERO);
        let mut headers = HeaderMap::new();
        Carried::default().limit(&mut headers);
        assert!(headers.is_empty());
    }
}
