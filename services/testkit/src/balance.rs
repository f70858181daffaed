//! One address in front of several replicas, as a proxy or a virtual address is in a real installation.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

/// Hands each connection to the next replica that answers; a replica that dies takes its connections along, and who connects again
/// comes to another one. Has its address before there is any replica.
#[derive(Debug)]
pub struct Balancer {
    address: SocketAddr,
    replicas: Arc<Mutex<Vec<SocketAddr>>>,
    task: JoinHandle<()>,
}

impl Balancer {
    /// Listens on a free port of the loopback interface.
    ///
    /// # Panics
    /// When there is none.
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("a bound port");
        let replicas: Arc<Mutex<Vec<SocketAddr>>> = Arc::default();
        let known = replicas.clone();
        let task = tokio::spawn(async move {
            let next = Arc::new(AtomicUsize::new(0));
            // The connections end with this task.
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                while connections.try_join_next().is_some() {}
                connections.spawn(carry(client, known.clone(), next.clone()));
            }
        });
        Self { address, replicas, task }
    }

    /// The one address: `http://127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Adds a replica, given as `http://127.0.0.1:port`.
    ///
    /// # Panics
    /// When that is no such address.
    pub fn add(&self, url: &str) {
        let address = url.trim_start_matches("http://").parse().expect("http://address:port");
        self.replicas.lock().unwrap_or_else(PoisonError::into_inner).push(address);
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(mut client: TcpStream, replicas: Arc<Mutex<Vec<SocketAddr>>>, next: Arc<AtomicUsize>) {
    let known = replicas.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let first = next.fetch_add(1, Ordering::Relaxed);
    for turn in 0..known.len() {
        if let Ok(mut replica) = TcpStream::connect(known[(first + turn) % known.len()]).await {
            // Either end closing is how a connection ends; there is nobody to tell.
            let _ = (client.set_nodelay(true), replica.set_nodelay(true));
            let _ = copy_bidirectional(&mut client, &mut replica).await;
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    async fn replica(name: u8) -> (String, JoinHandle<()>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("a bound port"));
        let task = tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                client.write_all(&[name]).await.expect("a client that reads");
            }
        });
        (url, task)
    }

    async fn ask(balancer: &Balancer) -> u8 {
        TcpStream::connect(balancer.address).await.expect("the balancer").read_u8().await.expect("a replica")
    }

    #[tokio::test]
    async fn connections_take_turns_and_pass_by_who_is_gone() {
        let balancer = Balancer::start().await;
        let ((one, first), (two, _second)) = (replica(1).await, replica(2).await);
        balancer.add(&one);
        balancer.add(&two);
        assert_eq!((ask(&balancer).await, ask(&balancer).await), (1, 2));
        first.abort();
        let _ = first.await;
        assert_eq!((ask(&balancer).await, ask(&balancer).await), (2, 2));
    }
}
