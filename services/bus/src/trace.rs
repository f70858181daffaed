//! Spans of the bus. Each continues the trace of the work that wrote the event, so that one trace shows what a call set off, over all
//! services.

use chassis::telemetry;
use tracing::{Span, info_span};

use crate::event::Event;

/// The span of one event: `bus publish <type>`, `bus apply <type>`, `bus broadcast <type>`.
pub(crate) fn span(what: &str, event: &Event) -> Span {
    let span = info_span!(
        parent: None,
        "bus",
        otel.name = format!("bus {what} {}", event.kind),
        event = %event.id,
        source = event.source,
        partition = event.partition,
        position = event.position,
    );
    if let Some(traceparent) = &event.traceparent {
        telemetry::set_parent(&span, traceparent);
    }
    span
}

/// The spans of events that are published together: each in its own trace, as long as the value lives.
pub(crate) fn spans(what: &str, events: &[Event]) -> Vec<Span> {
    events.iter().filter(|event| event.traceparent.is_some()).map(|event| span(what, event)).collect()
}
