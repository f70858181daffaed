//! A Redis Cluster: three masters with a replica each.

use std::{path::Path, process::Command};

use crate::{
    redis::{ask, command, ready},
    server::{Server, free_port, send, temporary, wait_until},
};

const NODES: usize = 6;

/// A cluster that keeps nothing on disk but who belongs to it. Nodes have numbers from 0.
#[derive(Debug)]
pub struct Cluster(Vec<Server>);

impl Cluster {
    /// Starts six servers, makes them a cluster and waits until it serves.
    ///
    /// # Panics
    /// When Redis is not installed or the cluster does not come up.
    pub fn start() -> Self {
        let node = || {
            // The usual one, 10,000 above, may be no port at all.
            let bus = free_port();
            let run = move |folder: &Path, port: u16| {
                let mut server = command(folder, port);
                server.args(["--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--cluster-port", &bus.to_string()]);
                server
            };
            Server::start("Redis", temporary(), "KILL", Box::new(run), ready)
        };
        let mut cluster = Self((0..NODES).map(|_| node()).collect());
        let mut create = Command::new("redis-cli");
        create.args(["--cluster", "create"]).args(cluster.0.iter().map(|node| format!("127.0.0.1:{}", node.port)));
        let made = create.args(["--cluster-replicas", "1", "--cluster-yes"]).output().expect("redis-cli runs");
        assert!(made.status.success(), "redis-cli --cluster create: {}", String::from_utf8_lossy(&made.stdout));
        cluster.wait_until_whole();
        cluster
    }

    /// Its address: all nodes.
    pub fn address(&self) -> String {
        let nodes: Vec<String> = self.0.iter().map(|node| format!("127.0.0.1:{}", node.port)).collect();
        format!("redis+cluster://{}", nodes.join(","))
    }

    /// The node that serves this key now, if one does.
    pub fn serves(&self, key: &str) -> Option<usize> {
        // A replica and who serves other keys name somebody else; who has lost its cluster refuses.
        self.0.iter().position(|node| ask(node.port, &format!("EXISTS {key}")).is_ok_and(|answer| answer.starts_with(':')))
    }

    /// Ends a node at once, as a crash would. What it held is lost.
    pub fn kill(&mut self, node: usize) {
        self.0[node].stop("KILL");
    }

    /// Stops a node in the middle of whatever it does.
    pub fn pause(&self, node: usize) {
        send(self.0[node].pid(), "STOP");
    }

    /// Lets a node go on.
    pub fn resume(&self, node: usize) {
        send(self.0[node].pid(), "CONT");
    }

    /// Starts a killed node again, empty, at the same address.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn restart(&mut self, node: usize) {
        self.0[node].restart();
    }

    /// Waits until somebody else than this node, which is away, serves the key.
    ///
    /// # Panics
    /// When nobody does within a minute.
    pub fn wait_until_taken_over(&self, key: &str, from: usize) {
        wait_until("a failover", || match self.serves(key) {
            Some(node) if node != from => Ok(()),
            other => Err(format!("{other:?} serves {key}")),
        });
    }

    /// Waits until every node serves, three as masters and three as replicas that follow them.
    ///
    /// # Panics
    /// When that is not so within a minute.
    pub fn wait_until_whole(&mut self) {
        let nodes = &self.0;
        wait_until("the cluster", || {
            let (mut masters, mut following) = (0, 0);
            for node in nodes {
                let info = ask(node.port, "CLUSTER INFO").map_err(|error| format!("{node:?}: {error}"))?;
                let role = ask(node.port, "INFO replication").map_err(|error| format!("{node:?}: {error}"))?;
                if !info.contains("cluster_state:ok") || !info.contains(&format!("cluster_known_nodes:{NODES}")) {
                    return Err(format!("{node:?}: {info}"));
                }
                masters += usize::from(role.contains("role:master"));
                following += usize::from(role.contains("master_link_status:up"));
            }
            if (masters, following) == (NODES / 2, NODES / 2) { Ok(()) } else { Err(format!("{masters} masters, {following} replicas")) }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_killed_master_is_replaced_and_comes_back_as_a_replica() {
        let mut cluster = Cluster::start();
        let master = cluster.serves("some").expect("a master");
        cluster.kill(master);
        cluster.wait_until_taken_over("some", master);
        cluster.restart(master);
        cluster.wait_until_whole();
        assert_ne!(cluster.serves("some"), Some(master));
    }
}
