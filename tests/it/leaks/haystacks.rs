//! All that leaves an installation, to be searched.

use std::collections::{BTreeMap, HashMap};

use chassis::{config::Settings, db::Db};
use sea_orm::{ConnectionTrait, Statement};
use testkit::reason;
use tonic::Status;

/// One place to search, in lower case.
pub(super) struct Haystack {
    pub(super) name: String,
    bytes: Vec<u8>,
}

impl Haystack {
    pub(super) fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        let mut bytes = bytes.into();
        bytes.make_ascii_lowercase();
        Self { name: name.into(), bytes }
    }

    /// Where each needle, which is in lower case, stands first. One pass over all: a log at its most talkative is long.
    pub(super) fn find<'n>(&self, needles: &[&'n [u8]]) -> BTreeMap<&'n [u8], usize> {
        let mut by_start: HashMap<[u8; 2], Vec<&'n [u8]>> = HashMap::new();
        let mut starts = vec![false; 1 << 16];
        let place = |start: [u8; 2]| usize::from(u16::from_be_bytes(start));
        for needle in needles {
            let start = [needle[0], needle[1]];
            starts[place(start)] = true;
            by_start.entry(start).or_default().push(needle);
        }
        let mut found = BTreeMap::new();
        for at in 1..self.bytes.len() {
            let start = [self.bytes[at - 1], self.bytes[at]];
            if starts[place(start)] {
                let here = by_start[&start].iter().filter(|needle| self.bytes[at - 1..].starts_with(needle));
                here.for_each(|needle| {
                    found.entry(*needle).or_insert(at - 1);
                });
            }
        }
        found
    }

    pub(super) fn holds(&self, text: &str) -> bool {
        !self.find(&[text.to_ascii_lowercase().as_bytes()]).is_empty()
    }

    pub(super) fn around(&self, place: usize) -> String {
        let part = &self.bytes[place.saturating_sub(160)..(place + 80).min(self.bytes.len())];
        String::from_utf8_lossy(part).replace('\n', "⏎")
    }
}

/// What must stand in each place, or the search of it is blind.
pub(super) fn controls(worker: &str) -> Vec<(&'static str, String)> {
    let text = str::to_owned;
    let mut controls = vec![
        ("answers", text("PERSONNEL_NUMBER_TAKEN")),
        ("answers", text("INVALID_REQUEST")),
        ("answers", text("INTERNAL")),
        ("the log of ", text("regiopool.members.v1.WorkerService/CreateWorker")),
        ("the log of ", text("internal error")),
        ("the log of ", text("an event is parked")),
        ("spans and metrics", text("regiopool.members.v1.WorkerService/CreateWorker")),
        ("spans and metrics", text("regiopool.rpc.calls")),
        ("events of members", worker.to_owned()),
        ("events of members", text("competence-of-a-canary")),
        ("events of flexpool", worker.to_owned()),
        ("parked in flexpool", text("database error")),
    ];
    if testkit::mode() == testkit::Mode::Distributed {
        controls.push(("streams", worker.to_owned()));
    }
    controls
}

/// A refusal, and what was sent by whom it was told.
pub(super) struct Answer {
    pub(super) status: Status,
    pub(super) sent: Vec<u8>,
}

impl Answer {
    /// All that it says: words, reason, details, headers.
    pub(super) fn hay(&self) -> Haystack {
        let status = &self.status;
        let details = String::from_utf8_lossy(status.details()).into_owned();
        let told = format!("{:?} {} {} {details} {:?}\n", status.code(), reason(status), status.message(), status.metadata());
        Haystack::new("answers", told)
    }
}

/// The log of events of a service, and what is parked in it.
pub(super) async fn database(settings: &Settings, service: &str) -> Vec<Haystack> {
    let db = Db::connect(&settings.database(service), 1).await.expect("a database");
    let mut found = Vec::new();
    for (name, table, error) in [("events of", "event_log", "''"), ("parked in", "parked", "COALESCE(error, '')")] {
        let sql = format!("SELECT kind, {error} AS error, COALESCE(traceparent, '') AS trace, payload FROM {table}");
        let rows = db.read().query_all_raw(Statement::from_string(db.backend(), sql)).await.expect("rows");
        let mut bytes = Vec::new();
        for row in rows {
            for column in ["kind", "error", "trace"] {
                bytes.extend(row.try_get::<String>("", column).expect("text").into_bytes());
                bytes.push(b' ');
            }
            bytes.extend(row.try_get::<Vec<u8>>("", "payload").expect("a payload"));
            bytes.push(b'\n');
        }
        found.push(Haystack::new(format!("{name} {service}"), bytes));
    }
    db.close().await.expect("a database closes");
    found
}

/// Every stream in Redis.
pub(super) async fn redis(settings: &Settings) -> Haystack {
    let client = redis::Client::open(settings.redis.as_ref().expect("an address").expose()).expect("an address");
    let mut redis = client.get_multiplexed_async_connection().await.expect("Redis");
    let pattern = format!("{}:*", settings.redis_prefix);
    let keys: Vec<String> = redis::cmd("KEYS").arg(pattern).query_async(&mut redis).await.expect("the keys");
    let mut bytes = Vec::new();
    for key in keys {
        bytes.extend(key.as_bytes());
        let entries: redis::Value =
            redis::cmd("XRANGE").arg(&key).arg("-").arg("+").query_async(&mut redis).await.unwrap_or(redis::Value::Nil);
        flatten(&entries, &mut bytes);
    }
    Haystack::new("streams", bytes)
}

fn flatten(value: &redis::Value, bytes: &mut Vec<u8>) {
    match value {
        redis::Value::Array(values) => values.iter().for_each(|value| flatten(value, bytes)),
        redis::Value::BulkString(text) => bytes.extend(text),
        other => bytes.extend(format!("{other:?}").into_bytes()),
    }
    bytes.push(b'\n');
}
