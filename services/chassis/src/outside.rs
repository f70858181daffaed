//! Asking a server that is not ours over HTTP, such as the identity provider: bounded in time and size, and never led elsewhere.

use std::{
    future::Future,
    net::IpAddr,
    sync::{Arc, OnceLock},
    time::Duration,
};

use tonic::codegen::http::{self, Request, Response, Uri};

/// Who does not answer within this time is away.
const TIMEOUT: Duration = Duration::from_secs(5);
/// A larger answer is not read to its end.
const LARGEST_ANSWER: usize = 1 << 20;

/// Why an answer cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OutsideError {
    /// Nobody can be asked, or nobody answers.
    #[error("no answer: {0}")]
    NoAnswer(#[from] reqwest::Error),
    /// What came is no HTTP.
    #[error("no HTTP: {0}")]
    NoHttp(#[from] http::Error),
    /// What came is too much.
    #[error("the answer is larger than {LARGEST_ANSWER} bytes")]
    TooLarge,
}

/// What came.
pub type Answer = Result<Response<Vec<u8>>, OutsideError>;

/// Asks one server. Redirects are not followed: who sends us elsewhere would choose whom we ask. Clones share their connections.
#[derive(Debug, Clone)]
pub struct Outside {
    is_near: bool,
    client: Arc<OnceLock<reqwest::Client>>,
}

impl Outside {
    /// For the server at this address. A proxy that the environment names stands between, but not before this machine itself.
    pub fn new(url: &str) -> Self {
        let uri = url.parse::<Uri>().ok();
        let host = uri.as_ref().and_then(Uri::host).unwrap_or_default().trim_matches(['[', ']']);
        let is_near = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        Self { is_near, client: Arc::default() }
    }

    /// The answer to this request, whatever its status.
    pub fn ask(&self, request: Request<Vec<u8>>) -> impl Future<Output = Answer> + Send + use<> {
        let outside = self.clone();
        async move { outside.answer(request).await }
    }

    async fn answer(&self, request: Request<Vec<u8>>) -> Answer {
        let mut answer = self.client()?.execute(request.try_into()?).await?;
        let mut response = Response::builder().status(answer.status());
        if let Some(headers) = response.headers_mut() {
            headers.extend(answer.headers().clone());
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            if body.len() + chunk.len() > LARGEST_ANSWER {
                return Err(OutsideError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(response.body(body)?)
    }

    /// Made at its first use: reading the machine's certificate authorities takes a while.
    fn client(&self) -> Result<&reqwest::Client, OutsideError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        // Another part of the process may have chosen it before; it is the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = || {
            let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(TIMEOUT);
            if self.is_near { builder.no_proxy() } else { builder }
        };
        // A machine without certificate authorities can still reach a server without TLS, as the demo's own provider.
        let client = builder().build().or_else(|_| builder().tls_certs_only([]).build())?;
        Ok(self.client.get_or_init(|| client))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_proxy_stands_before_this_machine_itself() {
        for (url, near) in [
            ("http://127.0.0.1:7480/demo-issuer", true),
            ("http://localhost:3000", true),
            ("http://[::1]:3000/x", true),
            ("https://login.example/realms/zorg", false),
            ("https://127.0.0.1.example", false),
            ("no address", false),
        ] {
            assert_eq!(Outside::new(url).is_near, near, "{url}");
        }
    }
}
