//! A test's own connection to the Redis of its harness, to look at the streams and to spoil them.

use redis::{Client, Cmd, FromRedisValue, aio::MultiplexedConnection, cluster::ClusterClient, cluster_async::ClusterConnection};

use crate::harness::Harness;

pub(crate) enum Wire {
    One(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Wire {
    pub(crate) async fn of(harness: &Harness) -> Self {
        let url = harness.redis.as_deref().expect("a harness with Redis");
        match url.strip_prefix("redis+cluster://") {
            None => {
                let client = Client::open(url).expect("an address");
                Self::One(client.get_multiplexed_async_connection().await.expect("Redis"))
            }
            Some(nodes) => {
                let nodes: Vec<String> = nodes.split(',').map(|node| format!("redis://{node}")).collect();
                let client = ClusterClient::new(nodes).expect("addresses");
                Self::Cluster(client.get_async_connection().await.expect("the cluster"))
            }
        }
    }

    pub(crate) async fn ask<T: FromRedisValue>(&mut self, command: &Cmd) -> Result<T, String> {
        let answer = match self {
            Self::One(connection) => command.query_async(connection).await,
            Self::Cluster(connection) => command.query_async(connection).await,
        };
        answer.map_err(|error| error.to_string())
    }
}
