//! What tests stand on: private PostgreSQL and Redis, fresh databases, running services, an OTLP sink.
