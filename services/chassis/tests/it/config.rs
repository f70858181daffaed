//! Settings: precedence, wrong values, secrets.

use std::path::PathBuf;

use chassis::config::{self, Demo, Secret, Settings};
use clap::{CommandFactory, Parser, Subcommand};

fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("regiopool.toml");
    std::fs::write(&path, text).expect("a file");
    (folder, path)
}

fn read(flags: &[&str]) -> Result<Settings, String> {
    Settings::read(flags.iter().copied()).map_err(|error| error.to_string())
}

fn read_with(path: &std::path::Path, flags: &[&str]) -> Result<Settings, String> {
    let path = path.to_str().expect("a path");
    read(&[&["--config", path], flags].concat())
}

#[test]
fn without_anything_the_defaults_count() {
    let settings = read(&[]).expect("defaults");
    assert_eq!((settings.listen.to_string().as_str(), settings.demo, settings.drain_s), ("127.0.0.1:7400", Demo::Off, 20));
    assert_eq!(settings.url("members"), "http://127.0.0.1:7400");
    assert_eq!(settings.database("flexpool"), "sqlite:./regiopool-data/flexpool.sqlite?mode=rwc");
    assert_eq!(settings.issuer(), None);
}

#[test]
fn a_demo_proves_identity_itself() {
    let settings = read(&["--demo", "--portal-url", "https://pool.example/"]).expect("settings");
    assert_eq!((settings.demo, settings.issuer()), (Demo::Region, Some("https://pool.example/demo-issuer".to_owned())));
    let settings = read(&["--demo", "empty", "--oidc-issuer", "https://login.example"]).expect("settings");
    assert_eq!((settings.demo, settings.issuer()), (Demo::Empty, Some("https://login.example".to_owned())));
}

#[test]
fn the_file_wins_over_the_default_and_a_flag_over_the_file() {
    let (_folder, path) = file("drain_s = 7\nlog = \"debug\"\nlisten = \"0.0.0.0:1\"\n");
    let settings = read_with(&path, &["--log", "warn"]).expect("settings");
    assert_eq!((settings.drain_s, settings.log.as_str()), (7, "warn"));
    assert_eq!(settings.url("flexpool"), "http://127.0.0.1:1");
}

/// A program that reads one setting from a variable that cargo sets for every test.
#[derive(Parser)]
struct Program {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve {
        #[command(flatten)]
        settings: Box<Settings>,
    },
    Import {
        /// Not the setting of that name.
        #[arg(long, default_value = "here")]
        data: String,
    },
}

struct WithVariable;

impl CommandFactory for WithVariable {
    fn command() -> clap::Command {
        let program = Program::command();
        program.mut_subcommand("serve", |serve| serve.mut_arg("redis_prefix", |arg| arg.env("CARGO_PKG_NAME")))
    }

    fn command_for_update() -> clap::Command {
        Self::command()
    }
}

impl clap::FromArgMatches for WithVariable {
    fn from_arg_matches(_: &clap::ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self)
    }

    fn update_from_arg_matches(&mut self, _: &clap::ArgMatches) -> Result<(), clap::Error> {
        Ok(())
    }
}

#[test]
fn the_environment_wins_over_the_file_and_a_flag_over_the_environment() {
    let (_folder, path) = file("redis_prefix = \"file\"\nlog = \"debug\"\n");
    let path = path.to_str().expect("a path");
    let serve = |flags: &[&str]| {
        let arguments = [&["regiopool", "serve", "--config", path], flags].concat();
        let matches = config::matches::<WithVariable>(arguments.iter().map(Into::into)).expect("a command line");
        match <Program as clap::FromArgMatches>::from_arg_matches(&matches).expect("a program").command {
            Command::Serve { settings } => *settings,
            Command::Import { .. } => panic!("another command"),
        }
    };
    let settings = serve(&[]);
    assert_eq!((settings.redis_prefix.as_str(), settings.log.as_str()), ("chassis", "debug"));
    assert_eq!(serve(&["--redis-prefix", "flag"]).redis_prefix, "flag");
}

#[test]
fn the_file_leaves_other_commands_alone() {
    let program: Program = config::parse(["regiopool", "import"].iter().map(Into::into)).expect("a command line");
    assert!(matches!(program.command, Command::Import { data } if data == "here"));
}

#[test]
fn a_wrong_flag_names_itself_and_what_was_expected() {
    for (flag, value, expected) in [
        ("--listen", "everywhere", "expected an IP address and a port"),
        ("--portal-url", "pool.example", "expected an address that begins with http:// or https://"),
        ("--members-url", "https://members.example", "expected an address that begins with http://"),
        ("--log", "info,bus=loud", "expected levels"),
        ("--demo", "maybe", "off, empty, region"),
        ("--drain-s", "soon", "invalid digit"),
        ("--drain-s", "601", "0..=600"),
        ("--max-message-bytes", "7", "expected a number of bytes from 1024 to 4194304"),
        ("--max-concurrent-requests", "0", "expected a number of at least 1"),
        ("--caller-rate-per-s", "0", "1..=1000000"),
        ("--caller-burst", "0", "1..=1000000"),
        ("--cors-origins", "https://pages.example,*", "expected exact origins"),
    ] {
        let error = read(&[flag, value]).expect_err(flag);
        assert!(error.contains(flag) && error.contains(expected) && error.contains(value), "{error}");
    }
}

#[test]
fn a_wrong_value_in_the_file_names_itself_and_the_file() {
    for (text, expected) in [
        ("drain_s = \"soon\"", "--drain-s"),
        ("drain_s = 1.5", "`drain_s`: expected a text or a whole number"),
        ("drain = 5", "`drain` is no setting; expected one of data, listen"),
        ("a = 1\nredis = \"redis://:geheim", "line 2 is not TOML"),
    ] {
        let (_folder, path) = file(text);
        let error = read_with(&path, &[]).expect_err(text);
        assert!(error.contains("regiopool.toml") && error.contains(expected) && !error.contains("geheim"), "{error}");
    }
    let error = read(&["--config", "/nowhere/regiopool.toml"]).expect_err("no file");
    assert!(error.contains("/nowhere/regiopool.toml"), "{error}");
}

#[test]
fn origins_are_a_list_in_the_file_and_on_the_command_line() {
    assert!(read(&[]).expect("defaults").cors_origins.is_empty());
    assert!(read(&["--cors-origins", ""]).expect("an empty variable").cors_origins.is_empty());
    let (_folder, path) = file("cors_origins = \"https://a.example, http://localhost:5173\"\n");
    let settings = read_with(&path, &[]).expect("settings");
    assert_eq!(*settings.cors_origins, ["https://a.example", "http://localhost:5173"]);
    let effective = settings.effective();
    let shown = effective.iter().find(|(name, _)| name == "cors_origins").map(|(_, value)| value.as_str());
    assert_eq!(shown, Some("https://a.example,http://localhost:5173"));
    assert_eq!(*read_with(&path, &["--cors-origins", "https://b.example"]).expect("settings").cors_origins, ["https://b.example"]);
}

#[test]
fn secrets_are_never_printed() {
    let (_folder, path) = file("redis = \"redis://:geheim@host\"\nsession_key = \"geheim\"\n");
    let settings = read_with(&path, &["--members-database", "postgres://a:geheim@host/m", "--token-keys", "geheim"]).expect("settings");
    let shown = format!("{settings:?} {:?}", settings.effective());
    assert!(!shown.contains("geheim"), "{shown}");
    assert!(read(&["--redis", ""]).expect_err("empty").contains("expected a text that is not empty"));
    let effective = settings.effective();
    let value = |name: &str| effective.iter().find(|(setting, _)| setting == name).map(|(_, value)| value.as_str());
    assert_eq!(value("redis"), Some("(set)"));
    assert_eq!(value("members_database"), Some("(set)"));
    assert_eq!(value("flexpool_database"), Some("sqlite:./regiopool-data/flexpool.sqlite?mode=rwc"));
    assert_eq!(value("service_secret"), Some(""));
    assert_eq!(value("members_url"), Some("http://127.0.0.1:7400"));
    // Not in an error either: the keys are not what they should be.
    let error = chassis::auth::Signer::new(&settings).expect_err("no keys").to_string();
    assert_eq!(error, "setting token_keys: expected kid:base64 of a 32-byte Ed25519 seed, several separated by commas");
}

#[test]
fn every_setting_is_shown_once_and_has_a_variable_and_a_meaning() {
    let list = Settings::list();
    let names: Vec<_> = list.iter().map(|setting| setting.name.clone()).collect();
    let shown: Vec<_> = Settings::default().effective().into_iter().map(|(name, _)| name).collect();
    assert_eq!(shown, names);
    for setting in list {
        assert!(setting.variable == format!("REGIOPOOL_{}", setting.name.to_uppercase()) || setting.variable.starts_with("OTEL_"));
        assert!(!setting.meaning.is_empty(), "{}", setting.name);
    }
}

#[test]
fn the_clock_moves_only_in_a_demo() {
    let settings = Settings { clock_file: Some("clock".into()), ..Settings::default() };
    let error = chassis::frame::Frame::new(settings.clone()).expect_err("no demo").to_string();
    assert_eq!(error, "setting clock_file: expected only in a demo (D26)");
    assert!(chassis::frame::Frame::new(Settings { demo: Demo::Empty, ..settings }).is_ok());
}

#[test]
fn a_secret_gives_itself_only_when_asked() {
    let secret = Secret::from("geheim");
    assert_eq!((format!("{secret:?}").as_str(), secret.expose()), ("…", "geheim"));
}
