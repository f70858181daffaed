//! Requests that no person sends: every RPC of the contract with something in every field, made from the contract alone, so that a new
//! field is tried without a word more.

use std::collections::BTreeMap;

use prost::{
    Message,
    encoding::{WireType, encode_key, encode_varint},
};
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorSet, field_descriptor_proto::Type};
use testkit::request_id;

use super::canaries::Canaries;

/// Messages in messages are filled to this depth.
const DEPTH: usize = 5;

/// Every RPC with a filled request.
pub(super) fn requests(canaries: &mut Canaries) -> Vec<(&'static str, Vec<u8>)> {
    let set = FileDescriptorSet::decode(proto::DESCRIPTORS).expect("the contract");
    let mut messages = BTreeMap::new();
    for file in &set.file {
        messages.extend(file.message_type.iter().map(|message| (format!(".{}.{}", file.package(), message.name()), message)));
    }
    let mut requests = Vec::new();
    for package in ["regiopool.members.v1", "regiopool.flexpool.v1", "regiopool.bus.v1"] {
        for path in chassis::server::methods(package).into_keys() {
            let input = set.file.iter().filter(|file| file.package() == package).flat_map(|file| &file.service).find_map(|service| {
                let method = path.strip_prefix(&format!("/{package}.{}/", service.name()))?;
                Some(service.method.iter().find(|other| other.name() == method)?.input_type())
            });
            let mut bytes = Vec::new();
            fill(messages[input.expect(path)], &messages, canaries, path, DEPTH, &mut bytes);
            requests.push((path, bytes));
        }
    }
    requests
}

fn fill(
    message: &DescriptorProto,
    messages: &BTreeMap<String, &DescriptorProto>,
    canaries: &mut Canaries,
    path: &str,
    depth: usize,
    out: &mut Vec<u8>,
) {
    for field in &message.field {
        let number = u32::try_from(field.number()).expect("a number");
        let what = format!("{path} {}", field.name());
        match field.r#type() {
            Type::String | Type::Bytes => write(number, text(field, canaries, &what).as_bytes(), out),
            Type::Message if field.type_name() == ".google.type.Date" => {
                write(number, &canaries.day(&what).to_proto().encode_to_vec(), out);
            }
            Type::Message => {
                let Some(inner) = messages.get(field.type_name()).filter(|_| depth > 0) else { continue };
                let mut bytes = Vec::new();
                fill(inner, messages, canaries, path, depth - 1, &mut bytes);
                write(number, &bytes, out);
            }
            Type::Int32 | Type::Int64 | Type::Uint32 | Type::Uint64 | Type::Enum | Type::Bool => {
                encode_key(number, WireType::Varint, out);
                encode_varint(1, out);
            }
            other => panic!("{what}: no request had a {other:?} so far; say here what it is filled with"),
        }
    }
}

fn text(field: &FieldDescriptorProto, canaries: &mut Canaries, what: &str) -> String {
    if field.name() == "request_id" { request_id() } else { canaries.word(what) }
}

fn write(number: u32, bytes: &[u8], out: &mut Vec<u8>) {
    encode_key(number, WireType::LengthDelimited, out);
    encode_varint(bytes.len() as u64, out);
    out.extend(bytes);
}
