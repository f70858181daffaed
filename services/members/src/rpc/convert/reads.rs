//! Who looked at whose file.

use std::collections::HashMap;

use chassis::{
    error::Result,
    file_reads::{Asked, ByTime, FileRead, Filter},
    ids::UserId,
    page::Page,
    validate::Fields,
};
use proto::members as pb;

use super::ids;

pub(in crate::rpc) fn list_file_reads(msg: &pb::ListFileReadsRequest) -> Result<(Filter, Page<ByTime>)> {
    Filter::parse(&Asked {
        worker: &msg.worker,
        organisation: &msg.organisation,
        reader: &msg.reader,
        from: msg.from.as_ref(),
        until: msg.until.as_ref(),
        page_size: msg.page_size,
        page_token: &msg.page_token,
    })
}

pub(in crate::rpc) fn file_read(read: &FileRead, names: &HashMap<String, String>) -> pb::FileRead {
    pb::FileRead {
        at: Some(read.at.to_proto()),
        reader: read.reader.clone(),
        reader_name: names.get(&read.reader).cloned().unwrap_or_default(),
        organisations: read.organisations.iter().map(ToString::to_string).collect(),
        method: read.method.clone(),
        workers: read.workers.iter().map(ToString::to_string).collect(),
        id: read.id.to_string(),
        page_token: read.page_token.clone(),
    }
}

pub(in crate::rpc) fn batch_get_readers(msg: &pb::BatchGetReadersRequest) -> Result<Vec<UserId>> {
    let mut fields = Fields::new();
    let ids = ids(&mut fields, "ids", &msg.ids, 1, 200);
    fields.finish_with(ids)
}

pub(in crate::rpc) fn reader_names(ids: &[UserId], names: &HashMap<String, String>) -> Vec<pb::ReaderName> {
    let name = |id: &UserId| names.get(&id.to_string()).map(|name| pb::ReaderName { id: id.to_string(), display_name: name.clone() });
    ids.iter().filter_map(name).collect()
}
