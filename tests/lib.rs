//! The stories live in `it/`.
