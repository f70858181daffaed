//! Where Redis is: one server, or a cluster. What is different between the two stands here and nowhere else.
//!
//! A connection to a cluster asks the nodes it is told of who serves which keys, and follows a key to another node by itself. Whatever
//! fails on it makes its owner connect anew, so that after a failover nobody goes on with a picture of before.

use std::time::Duration;

use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionInfo, ErrorKind, IntoConnectionInfo, Pipeline, RedisError, RedisFuture, RedisResult,
    Value,
    aio::{ConnectionLike, MultiplexedConnection, PubSub},
    cluster::ClusterClient,
    cluster_async::ClusterConnection,
};
use tokio::time::timeout;

/// How the address of a cluster begins; some of its nodes follow, separated by commas.
const CLUSTER: &str = "redis+cluster://";
/// A command that has no answer by then has failed: well within a lease, since the relay waits for it. A blocking read gets its block on
/// top.
pub(crate) const PATIENCE: Duration = Duration::from_secs(1);
/// So long a server is waited for that takes no connection.
const CONNECT: Duration = Duration::from_secs(2);
/// A cluster that cannot be reached in so long is away. Some of its nodes may be, and each is waited for.
const CONNECT_CLUSTER: Duration = Duration::from_secs(8);
/// So often a command follows its key to another node of the cluster.
const REDIRECTS: u32 = 3;

/// Where Redis is. Clones are the same.
#[derive(Debug, Clone)]
pub(crate) enum Server {
    One(Client),
    /// Some nodes of the cluster; they know the others.
    Cluster(Vec<ConnectionInfo>),
}

impl Server {
    /// Reads `redis://host:port` or `redis+cluster://host:port,host:port`; user and password stand before the first host, for all nodes.
    pub(crate) fn parse(url: &str) -> RedisResult<Self> {
        let Some(nodes) = url.strip_prefix(CLUSTER) else { return Ok(Self::One(Client::open(url)?)) };
        let (user, nodes) = nodes.rsplit_once('@').map_or((String::new(), nodes), |(user, nodes)| (format!("{user}@"), nodes));
        let nodes = nodes.trim_end_matches('/').split(',').map(|node| format!("redis://{user}{node}").into_connection_info());
        let nodes: Vec<ConnectionInfo> = nodes.collect::<RedisResult<_>>()?;
        ClusterClient::new(nodes.clone())?;
        Ok(Self::Cluster(nodes))
    }

    /// A new connection, on which a command without an answer in time has failed.
    pub(crate) async fn connect(&self, patience: Duration) -> RedisResult<Connection> {
        match self {
            Self::One(client) => {
                let config = AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECT)).set_response_timeout(Some(patience));
                Ok(Connection::One(client.get_multiplexed_async_connection_with_config(&config).await?))
            }
            Self::Cluster(nodes) => {
                let client = ClusterClient::builder(nodes.iter().cloned())
                    .connection_timeout(CONNECT)
                    .response_timeout(patience)
                    .retries(REDIRECTS)
                    .min_retry_wait(10)
                    .max_retry_wait(100)
                    .build()?;
                let connected = timeout(CONNECT_CLUSTER, client.get_async_connection()).await;
                Ok(Connection::Cluster(connected.map_err(|_| late())??))
            }
        }
    }

    /// A connection that hears what is published on a channel: in a cluster every node hears all of it.
    pub(crate) async fn subscribe(&self, channel: &str) -> RedisResult<PubSub> {
        let subscribe = async |client: &Client| {
            let mut connection = client.get_async_pubsub().await?;
            connection.subscribe(channel).await?;
            Ok(connection)
        };
        let nodes = match self {
            Self::One(client) => vec![client.clone()],
            Self::Cluster(nodes) => nodes.iter().cloned().map(Client::open).collect::<RedisResult<_>>()?,
        };
        let mut failed = late();
        for client in &nodes {
            match timeout(CONNECT, subscribe(client)).await {
                Ok(Ok(connection)) => return Ok(connection),
                Ok(Err(error)) => failed = error,
                Err(_) => {}
            }
        }
        Err(failed)
    }
}

/// What failed because nobody answered.
pub(crate) fn late() -> RedisError {
    (ErrorKind::Io, "no answer in time").into()
}

/// A connection to Redis, whichever it is. Clones share it.
#[derive(Clone)]
pub(crate) enum Connection {
    One(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connection")
    }
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::One(connection) => connection.req_packed_command(command),
            Self::Cluster(connection) => connection.req_packed_command(command),
        }
    }

    fn req_packed_commands<'a>(&'a mut self, pipeline: &'a Pipeline, offset: usize, count: usize) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::One(connection) => connection.req_packed_commands(pipeline, offset, count),
            Self::Cluster(connection) => connection.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::One(connection) => connection.get_db(),
            Self::Cluster(connection) => connection.get_db(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_one_server_or_some_nodes_of_a_cluster() {
        let nodes = |url: &str| match Server::parse(url) {
            Ok(Server::One(client)) => vec![client.get_connection_info().addr().to_string()],
            Ok(Server::Cluster(nodes)) => nodes.iter().map(|node| node.addr().to_string()).collect(),
            Err(_) => vec![],
        };
        assert_eq!(nodes("redis://127.0.0.1:7000/"), ["127.0.0.1:7000"]);
        assert_eq!(nodes("redis+cluster://127.0.0.1:7000"), ["127.0.0.1:7000"]);
        assert_eq!(nodes("redis+cluster://one:7000,[::1]:7001,three/"), ["one:7000", "::1:7001", "three:6379"]);
        assert_eq!(nodes("redis+cluster://user:p%40ss@one:7000,two:7001/"), ["one:7000", "two:7001"]);
        for wrong in ["redis+cluster://", "redis+cluster://one:port", "redis+cluster://one,,two", "http://one:7000", "one:7000"] {
            assert_eq!(nodes(wrong), [""; 0], "{wrong}");
        }
    }

    #[test]
    fn user_and_password_count_for_every_node() {
        let Ok(Server::Cluster(nodes)) = Server::parse("redis+cluster://carrier:p%40ss@one:7000,two:7001") else { panic!("a cluster") };
        for node in nodes {
            assert_eq!((node.redis_settings().username(), node.redis_settings().password()), (Some("carrier"), Some("p@ss")));
        }
    }
}
