//! The one binary: up, serve, migrate, demo, import, check, token, config.
