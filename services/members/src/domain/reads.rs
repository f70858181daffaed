//! Reads of people's files (D17).

use chassis::{
    ids::{OrganisationId, WorkerId},
    time::Timestamp,
};

/// One response that held data of people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRead {
    /// When.
    pub at: Timestamp,
    /// Who looked, as tokens name it.
    pub reader: String,
    /// What was asked.
    pub method: String,
    /// Whose files.
    pub workers: Vec<WorkerId>,
    /// Where the reader had a role.
    pub organisations: Vec<OrganisationId>,
}

/// Which reads are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Whose file.
    pub worker: Option<WorkerId>,
    /// Where the reader had a role.
    pub organisation: Option<OrganisationId>,
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
}

impl Filter {
    /// The ids by which reads are found, the one with fewer reads first: a person.
    pub fn about(&self) -> Vec<String> {
        let worker = self.worker.map(|id| id.to_string());
        worker.into_iter().chain(self.organisation.map(|id| id.to_string())).collect()
    }
}
