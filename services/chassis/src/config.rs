//! Every setting of every process, declared once: its flag, environment variable, default and meaning.
//!
//! A flag wins over the environment, that over the file, that over the default. A wrong value names itself and what was expected.
//! Secrets are never printed.

use std::{fmt, net::SocketAddr, path::PathBuf, sync::Arc};

use clap::{Args, CommandFactory, FromArgMatches, Parser, ValueEnum, value_parser};
use serde::{Serialize, Serializer};

use crate::db::sqlite_url;

mod file;
mod origins;
mod proxies;

pub use file::{matches, parse};
pub use origins::Origins;
pub use proxies::Proxies;

/// A text that is never shown: not by `Debug`, not by `regiopool config`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// The text itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("(set)")
    }
}

/// Whether this is a demo, and what stands in it at first. A demo allows its own identity provider and a moved clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Demo {
    /// The real thing.
    #[default]
    Off,
    /// A demo without data.
    Empty,
    /// A demo with a small region.
    Region,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// The settings of a process. Made by [`parse`] as part of a command line, or by [`Settings::read`] alone.
#[derive(Args, Debug, Clone, Serialize)]
#[command(next_help_heading = "Settings")]
pub struct Settings {
    /// TOML file of settings, with the names that `regiopool config` prints
    #[arg(long, env = "REGIOPOOL_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Folder of everything that an embedded region keeps
    #[arg(long, env = "REGIOPOOL_DATA", value_name = "FOLDER", default_value = "./regiopool-data")]
    pub data: PathBuf,

    /// Where gRPC is served
    #[arg(long, env = "REGIOPOOL_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:7400", value_parser = address)]
    pub listen: SocketAddr,

    /// Where the web pages are served
    #[arg(long, env = "REGIOPOOL_PORTAL_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:7480", value_parser = address)]
    pub portal_listen: SocketAddr,

    /// Address of the web pages as browsers know it; absent: `http://` and where they are served
    #[arg(long, env = "REGIOPOOL_PORTAL_URL", value_name = "URL", value_parser = url)]
    pub portal_url: Option<String>,

    /// Address of the service members; absent: this process serves it
    #[arg(long, env = "REGIOPOOL_MEMBERS_URL", value_name = "URL", value_parser = peer_url)]
    pub members_url: Option<String>,

    /// Address of the service flexpool; absent: this process serves it
    #[arg(long, env = "REGIOPOOL_FLEXPOOL_URL", value_name = "URL", value_parser = peer_url)]
    pub flexpool_url: Option<String>,

    /// Database of members, `postgres://…` or `sqlite:…`; absent: an SQLite file in the data folder
    #[arg(long, env = "REGIOPOOL_MEMBERS_DATABASE", value_name = "URL", hide_env_values = true, value_parser = secret)]
    pub members_database: Option<Secret>,

    /// Database of flexpool, `postgres://…` or `sqlite:…`; absent: an SQLite file in the data folder
    #[arg(long, env = "REGIOPOOL_FLEXPOOL_DATABASE", value_name = "URL", hide_env_values = true, value_parser = secret)]
    pub flexpool_database: Option<Secret>,

    /// At most so many connections to each PostgreSQL database
    #[arg(long, env = "REGIOPOOL_DATABASE_CONNECTIONS", value_name = "NUMBER", default_value = "16",
        value_parser = value_parser!(u32).range(2..=1000))]
    pub database_connections: u32,

    /// Redis that carries the events, `redis://…` or, for a cluster, `redis+cluster://` with some of its nodes; absent: the bus inside this
    /// process
    #[arg(long, env = "REGIOPOOL_REDIS", value_name = "URL", hide_env_values = true, value_parser = secret)]
    pub redis: Option<Secret>,

    /// What every key in Redis begins with
    #[arg(long, env = "REGIOPOOL_REDIS_PREFIX", value_name = "TEXT", default_value = "rp")]
    pub redis_prefix: String,

    /// About so many events each stream in Redis keeps; who is further behind reads the log itself
    #[arg(long, env = "REGIOPOOL_STREAM_LENGTH", value_name = "NUMBER", default_value_t = 4096, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub stream_length: u32,

    /// Keys that sign internal tokens, `kid:base64 of a 32-byte Ed25519 seed[,…]`; the first one signs, all are accepted
    #[arg(long, env = "REGIOPOOL_TOKEN_KEYS", value_name = "KEYS", hide_env_values = true, value_parser = secret)]
    pub token_keys: Option<Secret>,

    /// Secret with which services and command-line clients get their token
    #[arg(long, env = "REGIOPOOL_SERVICE_SECRET", value_name = "SECRET", hide_env_values = true, value_parser = secret)]
    pub service_secret: Option<Secret>,

    /// Keys of the portal's cookies, `kid:base64 of 64 bytes[,…]`; the first one encrypts, all are accepted
    #[arg(long, env = "REGIOPOOL_SESSION_KEY", value_name = "KEYS", hide_env_values = true, value_parser = secret)]
    pub session_key: Option<Secret>,

    /// OpenID Connect provider that proves who somebody is; absent in a demo: the demo's own
    #[arg(long, env = "REGIOPOOL_OIDC_ISSUER", value_name = "URL", value_parser = url)]
    pub oidc_issuer: Option<String>,

    /// What the provider calls this installation; absent in a demo: `regiopool`
    #[arg(long, env = "REGIOPOOL_OIDC_CLIENT_ID", value_name = "TEXT")]
    pub oidc_client_id: Option<String>,

    /// Secret of this installation at the provider
    #[arg(long, env = "REGIOPOOL_OIDC_CLIENT_SECRET", value_name = "SECRET", hide_env_values = true, value_parser = secret)]
    pub oidc_client_secret: Option<Secret>,

    /// SMTP server that takes e-mail, `smtps://user:password@host` or `smtp://host:port?tls=required`, in clear only on this machine; absent:
    /// no e-mail is sent
    #[arg(long, env = "REGIOPOOL_MAIL_SERVER", value_name = "URL", hide_env_values = true, value_parser = secret)]
    pub mail_server: Option<Secret>,

    /// Who e-mail is from, as in `Regiopool <noreply@regio.example>`
    #[arg(long, env = "REGIOPOOL_MAIL_FROM", value_name = "ADDRESS")]
    pub mail_from: Option<String>,

    /// Whether this is a demo, and what stands in it at first
    #[arg(long, env = "REGIOPOOL_DEMO", value_name = "KIND", default_value = "off", num_args = 0..=1, default_missing_value = "region")]
    pub demo: Demo,

    /// File that holds by how many seconds business time is moved; in a demo only
    #[arg(long, env = "REGIOPOOL_CLOCK_FILE", value_name = "FILE")]
    pub clock_file: Option<PathBuf>,

    /// What is logged, as in `info,bus=debug`
    #[arg(long, env = "REGIOPOOL_LOG", value_name = "FILTER", default_value = "info", value_parser = filter)]
    pub log: String,

    /// How log lines look
    #[arg(long, env = "REGIOPOOL_LOG_FORMAT", value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,

    /// Collector of traces and metrics, as in `http://localhost:4317`; absent: none are sent. The other `OTEL_…` variables count too
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URL", value_parser = peer_url)]
    pub otlp_endpoint: Option<String>,

    /// Seconds after which a call is given up, also when its client would wait longer
    #[arg(long, env = "REGIOPOOL_REQUEST_TIMEOUT_S", value_name = "SECONDS", default_value = "10",
        value_parser = value_parser!(u64).range(1..=600))]
    pub request_timeout_s: u64,

    /// At most so many calls at once, and as many open streams; more are refused
    #[arg(long, env = "REGIOPOOL_MAX_CONCURRENT_REQUESTS", value_name = "NUMBER", default_value = "1024", value_parser = at_least_one)]
    pub max_concurrent_requests: usize,

    /// Largest request in bytes
    #[arg(long, env = "REGIOPOOL_MAX_MESSAGE_BYTES", value_name = "BYTES", default_value = "4194304", value_parser = message_size)]
    pub max_message_bytes: usize,

    /// Calls a second that one user may make, and one address without a token; programs with the service secret may make more
    #[arg(long, env = "REGIOPOOL_CALLER_RATE_PER_S", value_name = "NUMBER", default_value = "200",
        value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub caller_rate_per_s: u32,

    /// So many calls may come at once from who rested before
    #[arg(long, env = "REGIOPOOL_CALLER_BURST", value_name = "NUMBER", default_value = "1000",
        value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub caller_burst: u32,

    /// Steps of signing in that one address may take a second; an IPv6 network is one address
    #[arg(long, env = "REGIOPOOL_SIGN_IN_RATE_PER_S", value_name = "NUMBER", default_value = "10",
        value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub sign_in_rate_per_s: u32,

    /// So many steps of signing in may come at once from an address that rested before: a whole building may share one
    #[arg(long, env = "REGIOPOOL_SIGN_IN_BURST", value_name = "NUMBER", default_value = "300",
        value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub sign_in_burst: u32,

    /// Your proxies before the web pages, as in `10.0.0.0/8,192.0.2.1`: what they say in `X-Forwarded-For` is believed
    #[arg(long, env = "REGIOPOOL_PORTAL_PROXIES", value_name = "NETWORKS", default_value = "", hide_default_value = true)]
    pub portal_proxies: Proxies,

    /// Web pages that may call gRPC-Web from a browser: their exact origins, separated by commas, as in `https://pages.example`
    #[arg(long, env = "REGIOPOOL_CORS_ORIGINS", value_name = "ORIGINS", default_value = "", hide_default_value = true)]
    pub cors_origins: Origins,

    /// Seconds that an event may wait for its effect; then the health of its consumer says so, and not that of the process
    #[arg(long, env = "REGIOPOOL_DELAY_ALARM_S", value_name = "SECONDS", default_value = "60",
        value_parser = value_parser!(u64).range(1..=86_400))]
    pub delay_alarm_s: u64,

    /// Years for which it is kept who looked at whose file (AVG-06)
    #[arg(long, env = "REGIOPOOL_ACCESS_LOG_YEARS", value_name = "YEARS", default_value = "5", value_parser = value_parser!(u32).range(5..=100))]
    pub access_log_years: u32,

    /// Seconds that calls and streams get to end when the process is stopped
    #[arg(long, env = "REGIOPOOL_DRAIN_S", value_name = "SECONDS", default_value = "20", value_parser = value_parser!(u64).range(0..=600))]
    pub drain_s: u64,
}

/// What a setting is called and means, for `regiopool config` and the test over the example environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Name in the file and in what `regiopool config` prints.
    pub name: String,
    /// Environment variable.
    pub variable: String,
    /// What it means.
    pub meaning: String,
    /// Value when nobody sets it; empty for none.
    pub default: String,
}

#[derive(Parser)]
struct Alone {
    #[command(flatten)]
    settings: Settings,
}

impl Settings {
    /// From flags (without a program's name before them), environment and file.
    pub fn read<T: Into<std::ffi::OsString> + Clone>(flags: impl IntoIterator<Item = T>) -> Result<Self, clap::Error> {
        let arguments = std::iter::once("regiopool".into()).chain(flags.into_iter().map(Into::into));
        parse::<Alone>(arguments).map(|alone| alone.settings)
    }

    /// Where the database of a service is.
    pub fn database(&self, service: &str) -> String {
        let set = match service {
            "members" => &self.members_database,
            "flexpool" => &self.flexpool_database,
            _ => &None,
        };
        set.as_ref().map_or_else(|| sqlite_url(&self.data.join(format!("{service}.sqlite"))), |url| url.expose().to_owned())
    }

    /// Where a service answers gRPC; what is set nowhere is served by this process.
    pub fn url(&self, service: &str) -> String {
        let set = match service {
            "members" => &self.members_url,
            "flexpool" => &self.flexpool_url,
            _ => &None,
        };
        set.clone().unwrap_or_else(|| reachable(self.listen))
    }

    /// Where browsers find the web pages, without a slash at the end.
    pub fn portal(&self) -> String {
        let url = self.portal_url.clone().unwrap_or_else(|| reachable(self.portal_listen));
        url.trim_end_matches('/').to_owned()
    }

    /// The OpenID Connect provider; the demo has its own (D14).
    pub fn issuer(&self) -> Option<String> {
        let demo = || (self.demo != Demo::Off).then(|| format!("{}/demo-issuer", self.portal()));
        self.oidc_issuer.clone().or_else(demo)
    }

    /// What the provider calls this installation.
    pub fn client_id(&self) -> Option<String> {
        self.oidc_client_id.clone().or_else(|| (self.demo != Demo::Off).then(|| "regiopool".to_owned()))
    }

    /// Every setting with its value, in the order of declaration; of a secret only whether it is set. What is not set shows what counts
    /// instead, if anything does.
    pub fn effective(&self) -> Vec<(String, String)> {
        let values = serde_json::to_value(self).unwrap_or_default();
        let value = |name: &str| match &values[name] {
            serde_json::Value::Null => self.derived(name).unwrap_or_default(),
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        Self::list().into_iter().map(|setting| (setting.name.clone(), value(&setting.name))).collect()
    }

    fn derived(&self, name: &str) -> Option<String> {
        match name {
            "portal_url" => Some(self.portal()),
            "oidc_issuer" => self.issuer(),
            "oidc_client_id" => self.client_id(),
            _ => match name.split_once('_') {
                Some((service, "url")) => Some(self.url(service)),
                Some((service, "database")) => Some(self.database(service)),
                _ => None,
            },
        }
    }

    /// Every setting, in the order of declaration.
    pub fn list() -> Vec<Setting> {
        let text = |os: &std::ffi::OsStr| os.to_string_lossy().into_owned();
        let settings = Settings::augment_args(clap::Command::new("settings"));
        let setting = |arg: &clap::Arg| Setting {
            name: arg.get_id().to_string(),
            variable: arg.get_env().map(text).unwrap_or_default(),
            meaning: arg.get_help().map(ToString::to_string).unwrap_or_default(),
            default: arg.get_default_values().first().map(|value| text(value)).unwrap_or_default(),
        };
        settings.get_arguments().map(setting).collect()
    }
}

/// The defaults, whatever the environment says: for tests.
impl Default for Settings {
    fn default() -> Self {
        let command = Alone::command().mut_args(|arg| arg.env(None::<&str>));
        let matches = command.get_matches_from(["regiopool"]);
        Alone::from_arg_matches(&matches).expect("the defaults are valid").settings
    }
}

/// Where this machine reaches what listens on `address`: on all of them means also on loopback.
fn reachable(address: SocketAddr) -> String {
    match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => format!("http://127.0.0.1:{}", v4.port()),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => format!("http://[::1]:{}", v6.port()),
        _ => format!("http://{address}"),
    }
}

/// An empty variable is more likely a mistake than a wish.
fn secret(text: &str) -> Result<Secret, &'static str> {
    if text.is_empty() { Err("expected a text that is not empty") } else { Ok(text.into()) }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "expected an IP address and a port, as in 127.0.0.1:7400".to_owned())
}

fn url(text: &str) -> Result<String, String> {
    let parsed = text.parse::<tonic::transport::Uri>().ok();
    match parsed.as_ref().and_then(|uri| uri.scheme_str()) {
        Some("http" | "https") => Ok(text.to_owned()),
        _ => Err("expected an address that begins with http:// or https://".to_owned()),
    }
}

/// Between services there is no TLS of our own: the network they share gives it, as a service mesh does.
pub(crate) fn peer_url(text: &str) -> Result<String, String> {
    let parsed = text.parse::<tonic::transport::Uri>().ok();
    match parsed.as_ref().and_then(|uri| uri.scheme_str()) {
        Some("http") => Ok(text.to_owned()),
        _ => Err("expected an address that begins with http://".to_owned()),
    }
}

fn filter(text: &str) -> Result<String, String> {
    let parsed = tracing_subscriber::EnvFilter::builder().parse(text);
    parsed.map(|_| text.to_owned()).map_err(|_| "expected levels, as in info or info,bus=debug".to_owned())
}

fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|number| *number >= 1).ok_or_else(|| "expected a number of at least 1".to_owned())
}

fn message_size(text: &str) -> Result<usize, String> {
    let expected = "expected a number of bytes from 1024 to 4194304";
    text.parse().ok().filter(|size| (1_024..=4_194_304).contains(size)).ok_or_else(|| expected.to_owned())
}
