//! The names of workers on pages about shifts (D29).

use std::collections::HashMap;

use proto::members::BatchGetWorkersRequest;

use crate::visit::Signed;

const MOST: usize = 200;

/// Names by worker.
pub(crate) struct Names {
    known: HashMap<String, String>,
}

impl Names {
    /// Asks members once for the names of these workers. When members does not answer, the page goes on with short ids (D29).
    pub(crate) async fn of(signed: &Signed, workers: impl IntoIterator<Item = &String>) -> Self {
        let mut ids: Vec<String> = workers.into_iter().cloned().collect();
        ids.sort_unstable();
        ids.dedup();
        ids.truncate(MOST);
        if ids.is_empty() {
            return Self { known: HashMap::new() };
        }
        match signed.workers().batch_get_workers(signed.ask(BatchGetWorkersRequest { ids })).await {
            Ok(answer) => {
                let workers = answer.into_inner().workers;
                Self {
                    known: workers.into_iter().map(|worker| (worker.id, format!("{} {}", worker.first_name, worker.last_name))).collect(),
                }
            }
            Err(status) => {
                tracing::warn!(code = ?status.code(), "no names for a page");
                Self { known: HashMap::new() }
            }
        }
    }

    /// What the page calls a worker: the name, else the end of the id.
    pub(crate) fn get(&self, worker: &str) -> String {
        self.known.get(worker).cloned().unwrap_or_else(|| short(worker))
    }
}

/// A short id, to tell people apart without a name: `…3f9a`.
pub(crate) fn short(id: &str) -> String {
    let tail = id.len().saturating_sub(6);
    format!("…{}", id.get(tail..).unwrap_or_default())
}
