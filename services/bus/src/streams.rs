//! What Redis is to the bus: one stream per service and partition, and a channel for nudges. All of it may be lost at any time.

use std::{sync::Arc, time::Duration};

use chassis::{
    config::Settings,
    error::{Error, Result},
};
use prost::Message as _;
use proto::bus::Envelope;
use redis::{
    ErrorKind, FromRedisValue, Pipeline, RedisError, RedisResult,
    aio::PubSub,
    streams::{StreamRangeReply, StreamReadReply},
};
use tokio::{sync::Mutex, time::timeout};

use crate::{
    event::{Event, Heads, PARTITIONS, index},
    server::{Connection, PATIENCE, Server, late},
};

/// Deletes a stream only while its newest entry is the one that was seen: the relay may have begun it again meanwhile.
const FORGET: &str = "local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
                      if newest[1] and string.match(newest[1][1], '^%d+') == ARGV[1] then return redis.call('DEL', KEYS[1]) end
                      return 0";
/// At most so many entries of a stream in one answer.
const READ_COUNT: usize = 512;
/// The one field of an entry: the encoded envelope.
const FIELD: &str = "e";

/// The Redis of this process: one server or a cluster. Clones are the same.
#[derive(Clone)]
pub(crate) struct Redis {
    server: Server,
    commands: Arc<Mutex<Commands>>,
    prefix: Arc<str>,
    /// A stream keeps about so many entries: enough for a consumer that stumbles; who is further behind reads the log itself.
    pub(crate) length: i64,
}

/// The connection that all commands share but blocking reads. There is none before the first command, so that a service starts while
/// Redis is away, and after one that failed.
#[derive(Default)]
struct Commands {
    connection: Option<Connection>,
    /// How many connections there have been.
    number: u64,
}

impl std::fmt::Debug for Redis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redis").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

impl Redis {
    /// Reads the address; the connection is made at its first use.
    pub(crate) fn new(url: &str, settings: &Settings) -> Result<Self> {
        let wrong = |_| Error::setting("redis", "expected redis://host:port or redis+cluster://host:port,host:port");
        let server = Server::parse(url).map_err(wrong)?;
        let prefix = settings.redis_prefix.as_str().into();
        Ok(Self { server, commands: Arc::default(), prefix, length: settings.stream_length.into() })
    }

    /// Sends commands over the shared connection. One that fails on the way is left: the next commands get a new one.
    async fn send<T: FromRedisValue>(&self, commands: &Pipeline) -> RedisResult<T> {
        let (mut connection, number) = timeout(PATIENCE, self.connection()).await.unwrap_or_else(|_| Err(late()))?;
        let answer = commands.query_async(&mut connection).await;
        if answer.is_err() {
            let mut shared = self.commands.lock().await;
            shared.connection = shared.connection.take().filter(|_| shared.number != number);
        }
        answer
    }

    /// The shared connection with its number. A new one is made in a task of its own: who waits for it may give up, the next one finds it.
    async fn connection(&self) -> RedisResult<(Connection, u64)> {
        let mut shared = self.commands.clone().lock_owned().await;
        if let Some(connection) = &shared.connection {
            return Ok((connection.clone(), shared.number));
        }
        let server = self.server.clone();
        let connecting = tokio::spawn(async move {
            let connection = server.connect(PATIENCE).await?;
            shared.number += 1;
            Ok((shared.connection.insert(connection).clone(), shared.number))
        });
        connecting.await.unwrap_or_else(|_| Err(late()))
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
        let answers: Vec<RedisResult<String>> = self.send(pipe.ignore_errors()).await?;
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
        let answers: Vec<StreamRangeReply> = self.send(&pipe).await?;
        let mut newest = Heads::default();
        for (slot, answer) in newest.iter_mut().zip(&answers) {
            *slot = answer.ids.first().map_or(0, |entry| position(&entry.id));
        }
        Ok(newest)
    }

    /// Forgets a stream whose newest position is still this one. Harmless at any time: who misses it reads the log.
    pub(crate) async fn forget(&self, source: &str, partition: i32, newest: i64) -> RedisResult<()> {
        let mut forget = redis::pipe();
        forget.cmd("EVAL").arg(FORGET).arg(1).arg(self.stream(source, partition)).arg(newest);
        self.send(&forget).await
    }

    /// Tells the relays of other replicas that something was committed.
    pub(crate) async fn nudge(&self, source: &str) -> RedisResult<()> {
        let mut publish = redis::pipe();
        publish.cmd("PUBLISH").arg(self.channel(source)).arg("");
        self.send(&publish).await
    }

    /// A connection that hears the nudges.
    pub(crate) async fn nudges(&self, source: &str) -> RedisResult<PubSub> {
        self.server.subscribe(&self.channel(source)).await
    }

    /// A connection for reads that block at most for `block`. Nothing else goes over it: what came behind a blocking read would wait.
    pub(crate) async fn reader(&self, block: Duration) -> RedisResult<Reader> {
        let connection = self.server.connect(block + PATIENCE).await?;
        Ok(Reader { redis: self.clone(), connection, block })
    }
}

/// Reads the streams of a service as they grow.
#[derive(Debug)]
pub(crate) struct Reader {
    redis: Redis,
    connection: Connection,
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
