//! Who looked at whose file.

use std::collections::HashMap;

use chassis::{
    error::Result,
    page::Page,
    time::{LocalDate, Timestamp},
    validate::Fields,
};
use proto::members as pb;

use super::page;
use crate::{
    domain::reads::{FileRead, Filter},
    store::reads::ByTime,
};

pub(in crate::rpc) fn list_file_reads(msg: &pb::ListFileReadsRequest) -> Result<(Filter, Page<ByTime>)> {
    let mut fields = Fields::new();
    let worker = fields.optional_id("worker", &msg.worker);
    let organisation = fields.optional_id("organisation", &msg.organisation);
    let from = fields.optional_date("from", msg.from.as_ref());
    let until = fields.optional_date("until", msg.until.as_ref());
    if from.zip(until).is_some_and(|(from, until)| until < from) {
        fields.violation("until", "is before the first day");
    }
    let day = |day: Option<LocalDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let list = format!("file_reads/{}/{}/{}/{}", msg.worker, msg.organisation, day(from), day(until));
    let page = page(&mut fields, msg.page_size, &msg.page_token, &list);
    let after = |day: LocalDate| day.0.succ_opt().map(LocalDate);
    let filter = Filter { worker, organisation, from: from.and_then(begin), until: until.and_then(after).and_then(begin) };
    fields.finish_with(page).map(|page| (filter, page))
}

/// When the day begins. Midnight is never skipped in the Netherlands.
fn begin(day: LocalDate) -> Option<Timestamp> {
    day.at_minute(0, false).ok()
}

pub(in crate::rpc) fn file_read(read: &FileRead, names: &HashMap<String, String>) -> pb::FileRead {
    pb::FileRead {
        at: Some(read.at.to_proto()),
        reader: read.reader.clone(),
        reader_name: names.get(&read.reader).cloned().unwrap_or_default(),
        organisations: read.organisations.iter().map(ToString::to_string).collect(),
        method: read.method.clone(),
        workers: read.workers.iter().map(ToString::to_string).collect(),
    }
}
