//! The event bus: every service's log, the relay that publishes it and the consumers that follow it.
