//! What Redis is to the bus: one stream per service and partition, and a channel for nudges. All of it may be lost at any time.

use std::{sync::Arc, time::Duration};

use chassis::{
    config::Settings,
    error::{Error, Result},
};
use prost::Message as _;
use proto::bus::Envelope;
use redis::{
    AsyncConnectionConfig, Client, ErrorKind, RedisError, RedisResult,
    aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection, PubSub},
    streams::{StreamRangeReply, StreamReadReply},
};

use crate::event::{Event, Heads, PARTITIONS, index};

/// Deletes a stream only while its newest entry is the one that was seen: the relay may have begun it again meanwhile.
const FORGET: &str = "local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
                      if newest[1] and string.match(newest[1][1], '^%d+') == ARGV[1] then return redis.call('DEL', KEYS[1]) end
                      return 0";
/// At most so many entries of a stream in one answer.
const READ_COUNT: usize = 512;
/// A command that has no answer by then has failed. A blocking read gets its block on top.
const PATIENCE: Duration = Duration::from_secs(2);
/// The one field of an entry: the encoded envelope.
const FIELD: &str = "e";

/// A Redis server. Clones are the same.
#[derive(Clone)]
pub(crate) struct Redis {
    client: Client,
    commands: ConnectionManager,
    prefix: Arc<str>,
    /// A stream keeps about so many entries: enough for a consumer that stumbles; who is further behind reads the log itself.
    pub(crate) length: i64,
}

impl std::fmt::Debug for Redis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redis").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

impl Redis {
    /// Reads the address; the connection is made at its first use, so that a service starts while Redis is away.
    pub(crate) fn new(url: &str, settings: &Settings) -> Result<Self> {
        let wrong = |_| Error::setting("redis", "expected redis://host:port");
        let client = Client::open(url).map_err(wrong)?;
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(Some(PATIENCE))
            .set_connection_timeout(Some(PATIENCE))
            .set_number_of_retries(1)
            .set_max_delay(Duration::from_millis(200));
        let commands = ConnectionManager::new_lazy_with_config(client.clone(), config).map_err(wrong)?;
        Ok(Self { client, commands, prefix: settings.redis_prefix.as_str().into(), length: settings.stream_length.into() })
    }

    /// The braces keep all keys of a service on one node of a Redis Cluster.
    fn stream(&self, source: &str, partition: i32) -> String {
        format!("{}:{{{source}}}:{partition}", self.prefix)
    }

    fn channel(&self, source: &str) -> String {
        format!("{}:{{{source}}}:nudge", self.prefix)
    }

    /// Puts events on their streams, under their position as the entry's id: Redis itself refuses what it has already.
    pub(crate) async fn publish(&self, source: &str, events: &[Event]) -> RedisResult<()> {
        let mut pipe = redis::pipe();
        for event in events {
            pipe.cmd("XADD")
                .arg(self.stream(source, event.partition))
                .arg("MAXLEN")
                .arg("~")
                .arg(self.length)
                .arg(format!("{}-0", event.position))
                .arg(FIELD)
                .arg(Envelope::from(event).encode_to_vec());
        }
        let answers: Vec<RedisResult<String>> = pipe.ignore_errors().query_async(&mut self.commands.clone()).await?;
        match answers.into_iter().filter_map(RedisResult::err).find(|error| !has_already(error)) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// The newest position on every stream, 0 for an empty one.
    pub(crate) async fn newest(&self, source: &str) -> RedisResult<Heads> {
        let mut pipe = redis::pipe();
        for partition in 0..PARTITIONS {
            pipe.cmd("XREVRANGE").arg(self.stream(source, partition)).arg("+").arg("-").arg("COUNT").arg(1);
        }
        let answers: Vec<StreamRangeReply> = pipe.query_async(&mut self.commands.clone()).await?;
        let mut newest = Heads::default();
        for (slot, answer) in newest.iter_mut().zip(&answers) {
            *slot = answer.ids.first().map_or(0, |entry| position(&entry.id));
        }
        Ok(newest)
    }

    /// Forgets a stream whose newest position is still this one. Harmless at any time: who misses it reads the log.
    pub(crate) async fn forget(&self, source: &str, partition: i32, newest: i64) -> RedisResult<()> {
        let mut forget = redis::cmd("EVAL");
        forget.arg(FORGET).arg(1).arg(self.stream(source, partition)).arg(newest);
        forget.exec_async(&mut self.commands.clone()).await
    }

    /// Tells the relays of other replicas that something was committed.
    pub(crate) async fn nudge(&self, source: &str) -> RedisResult<()> {
        redis::cmd("PUBLISH").arg(self.channel(source)).arg("").exec_async(&mut self.commands.clone()).await
    }

    /// A connection that hears the nudges.
    pub(crate) async fn nudges(&self, source: &str) -> RedisResult<PubSub> {
        let mut connection = self.client.get_async_pubsub().await?;
        connection.subscribe(self.channel(source)).await?;
        Ok(connection)
    }

    /// A connection for reads that block at most for `block`. Nothing else goes over it: what came behind a blocking read would wait.
    pub(crate) async fn reader(&self, block: Duration) -> RedisResult<Reader> {
        let config = AsyncConnectionConfig::new().set_connection_timeout(Some(PATIENCE)).set_response_timeout(Some(block + PATIENCE));
        let connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        Ok(Reader { redis: self.clone(), connection, block })
    }
}

/// Reads the streams of a service as they grow.
#[derive(Debug)]
pub(crate) struct Reader {
    redis: Redis,
    connection: MultiplexedConnection,
    block: Duration,
}

impl Reader {
    /// The entries after these positions; waits until there is one, at most for the reader's block. Entries that are no envelope of their
    /// place are left out: they are holes then. Errors also when there is nothing else, since the same would come again at once.
    pub(crate) async fn read(&mut self, source: &str, after: &Heads) -> RedisResult<Vec<Event>> {
        let mut command = redis::cmd("XREAD");
        command.arg("COUNT").arg(READ_COUNT).arg("BLOCK").arg(u64::try_from(self.block.as_millis()).unwrap_or(1000));
        command.arg("STREAMS");
        for partition in 0..PARTITIONS {
            command.arg(self.redis.stream(source, partition));
        }
        for position in after {
            command.arg(format!("{position}-0"));
        }
        let answer: Option<StreamReadReply> = command.query_async(&mut self.connection).await?;
        let Some(answer) = answer else { return Ok(Vec::new()) };
        let mut events = Vec::new();
        for key in answer.keys {
            let partition = (0..PARTITIONS).find(|partition| self.redis.stream(source, *partition) == key.key);
            for entry in &key.ids {
                let envelope = entry.get::<Vec<u8>>(FIELD).and_then(|bytes| Envelope::decode(bytes.as_slice()).ok());
                let event = envelope.and_then(|envelope| Event::try_from(envelope).ok());
                events.extend(
                    event.filter(|event| {
                        event.source == source && Some(event.partition) == partition && event.position == position(&entry.id)
                    }),
                );
            }
        }
        if events.is_empty() {
            return Err((ErrorKind::UnexpectedReturnType, "a stream holds something that is no event").into());
        }
        events.sort_by_key(|event| (index(event.partition), event.position));
        Ok(events)
    }
}

fn position(entry: &str) -> i64 {
    entry.split('-').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn has_already(error: &RedisError) -> bool {
    matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension) && error.to_string().contains("equal or smaller")
}
