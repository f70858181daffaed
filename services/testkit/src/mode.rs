//! How the test command speaks to tests: through the environment, which is read here and nowhere else.

/// What a test stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// SQLite files and the embedded bus; stories run one process with every service.
    Embedded,
    /// PostgreSQL and Redis; stories run two processes of each service.
    Distributed,
}

/// The mode of this run, from `REGIOPOOL_TEST_MODE`; embedded without it.
///
/// # Panics
/// When it is neither `embedded` nor `distributed`: a misspelt mode must not pass as the other one.
pub fn mode() -> Mode {
    match testservers::variable("REGIOPOOL_TEST_MODE").as_deref() {
        None | Some("embedded") => Mode::Embedded,
        Some("distributed") => Mode::Distributed,
        Some(other) => panic!("REGIOPOOL_TEST_MODE is {other:?}: expected embedded or distributed"),
    }
}
