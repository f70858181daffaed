//! Who looked at whose file, over all services in one list (D17). Each service has its own; their reads are in one order, and the page after
//! any read can be asked of each of them.

use std::collections::HashMap;

use chassis::time::Timestamp;
use proto::{
    flexpool,
    members::{self, BatchGetReadersRequest, ListOrganisationsRequest},
};
use tonic::Status;
use wording::{Words, clock};

use crate::{failure, names::short, visit::Signed};

/// Which reads are asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub(crate) worker: String,
    pub(crate) organisation: String,
    pub(crate) reader: String,
    pub(crate) from: Option<proto::Date>,
    pub(crate) until: Option<proto::Date>,
}

/// One read of one service.
pub(crate) struct Read {
    pub(crate) service: &'static str,
    pub(crate) at: Timestamp,
    pub(crate) reader: String,
    pub(crate) organisations: Vec<String>,
    pub(crate) method: String,
    pub(crate) workers: Vec<String>,
    id: String,
    after: String,
}

/// A page of the list over all services.
#[derive(Default)]
pub(crate) struct Reads {
    pub(crate) reads: Vec<Read>,
    /// The token of the next page; empty on the last.
    pub(crate) next: String,
    /// Whether a service did not answer.
    pub(crate) incomplete: bool,
    names: HashMap<String, String>,
}

macro_rules! ask {
    ($signed:ident, $client:ident, $package:ident, $filter:ident, $size:ident, $token:ident) => {{
        let request = $package::ListFileReadsRequest {
            worker: $filter.worker.clone(),
            organisation: $filter.organisation.clone(),
            reader: $filter.reader.clone(),
            from: $filter.from.clone(),
            until: $filter.until.clone(),
            page_size: $size,
            page_token: $token.to_owned(),
        };
        let mut client = $signed.$client();
        async move { client.list_file_reads($signed.ask(request)).await.map(tonic::Response::into_inner) }
    }};
}

macro_rules! read {
    ($service:literal, $read:ident) => {
        Read {
            service: $service,
            at: $read.at.as_ref().and_then(Timestamp::from_proto).unwrap_or(Timestamp(0)),
            reader: $read.reader,
            organisations: $read.organisations,
            method: $read.method,
            workers: $read.workers,
            id: $read.id,
            after: $read.page_token,
        }
    };
}

/// The page of so many reads, newest first, with nothing but ids. Goes on without a service that does not answer, unless none does.
pub(crate) async fn page(signed: &Signed, filter: &Filter, size: i32, token: &str) -> Result<Reads, Status> {
    let (members, flexpool) =
        tokio::join!(ask!(signed, access_log, members, filter, size, token), ask!(signed, seen_on_shifts, flexpool, filter, size, token));
    let (mut page, mut more) = (Reads::default(), false);
    match (members, flexpool) {
        (Err(status), Err(_)) => return Err(status),
        (Err(status), _) | (_, Err(status)) if !failure::http_status(status.code()).is_server_error() => return Err(status),
        (members, flexpool) => {
            page.incomplete = members.is_err() || flexpool.is_err();
            if page.incomplete {
                tracing::warn!("a part of who looked is missing");
            }
            if let Ok(answer) = members {
                more |= !answer.next_page_token.is_empty();
                for read in answer.reads {
                    page.names.insert(read.reader.clone(), read.reader_name);
                    page.reads.push(read!("members", read));
                }
            }
            if let Ok(answer) = flexpool {
                more |= !answer.next_page_token.is_empty();
                page.reads.extend(answer.reads.into_iter().map(|read| read!("flexpool", read)));
            }
        }
    }
    page.reads.sort_by(|one, other| (other.at, &other.id).cmp(&(one.at, &one.id)));
    let most = usize::try_from(size).unwrap_or_default();
    more |= page.reads.len() > most;
    page.reads.truncate(most);
    page.next = page.reads.last().filter(|_| more).map(|read| read.after.clone()).unwrap_or_default();
    Ok(page)
}

impl Reads {
    /// Asks for the names of readers that no service gave yet. Without members the page goes on (D29).
    pub(crate) async fn name_readers(&mut self, signed: &Signed) {
        let unnamed = |read: &&Read| read.reader.starts_with("usr_") && !self.names.contains_key(&read.reader);
        let mut ids: Vec<String> = self.reads.iter().filter(unnamed).map(|read| read.reader.clone()).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return;
        }
        match signed.access_log().batch_get_readers(signed.ask(BatchGetReadersRequest { ids: ids.clone() })).await {
            Ok(answer) => {
                // Who is not among the answers is no user any more.
                self.names.extend(ids.into_iter().map(|id| (id, String::new())));
                self.names.extend(answer.into_inner().readers.into_iter().map(|reader| (reader.id, reader.display_name)));
            }
            Err(status) => tracing::warn!(code = ?status.code(), "no names of who looked"),
        }
    }

    /// What the page calls a reader: the name, the program, or the end of an id when there is no name now.
    pub(crate) fn name(&self, words: Words, reader: &str) -> String {
        match (reader.strip_prefix("client:"), self.names.get(reader).map(String::as_str)) {
            (Some(program), _) => words.reader_program(program),
            (None, Some("")) => words.no_user_any_more().to_owned(),
            (None, Some(name)) => name.to_owned(),
            (None, None) => short(reader),
        }
    }
}

/// The names of all organisations; those of none when members does not answer (D29).
pub(crate) async fn organisations(signed: &Signed) -> HashMap<String, String> {
    let request = ListOrganisationsRequest { page_size: 200, page_token: String::new() };
    let answer = signed.organisations().list_organisations(signed.ask(request)).await;
    let answer = answer.inspect_err(|status| tracing::warn!(code = ?status.code(), "no names of organisations"));
    let found = answer.map(|answer| answer.into_inner().organisations).unwrap_or_default();
    found.into_iter().map(|organisation| (organisation.id, organisation.name)).collect()
}

/// For whom a reader looked: the organisations in which there was a role, or the region.
pub(crate) fn on_behalf(words: Words, read: &Read, organisations: &HashMap<String, String>) -> String {
    if read.organisations.is_empty() {
        return words.for_the_region().to_owned();
    }
    let names = read.organisations.iter().map(|id| organisations.get(id).cloned().unwrap_or_else(|| short(id)));
    names.collect::<Vec<_>>().join(", ")
}

/// When, on the clock.
pub(crate) fn time(words: Words, read: &Read) -> String {
    clock::time(words.0, read.at)
}
