//! The pages, one file per subject. A handler asks the services, in parallel where it can and never once per row, and fills a template.

pub(crate) mod access_log;
pub(crate) mod account;
pub(crate) mod agreements;
pub(crate) mod board;
pub(crate) mod claim;
pub(crate) mod conflicts;
pub(crate) mod details;
pub(crate) mod employers;
pub(crate) mod home;
pub(crate) mod invitation;
pub(crate) mod message;
pub(crate) mod messages;
pub(crate) mod mine;
pub(crate) mod open;
pub(crate) mod organisations;
pub(crate) mod people;
pub(crate) mod pool;
pub(crate) mod pools;
pub(crate) mod publish;
pub(crate) mod shift;
pub(crate) mod users;
pub(crate) mod waits;
pub(crate) mod wards;
pub(crate) mod who_looked;
pub(crate) mod work;
