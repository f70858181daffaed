//! Puts the file between environment and defaults: its values become the defaults of a second parse.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::{Path, PathBuf},
};

use clap::{ArgMatches, Command, CommandFactory, Error, Parser, error::ErrorKind};

use super::Settings;

/// Parses a command line of which [`Settings`] are a flattened part, of the program or of some of its commands. The first argument is
/// the program's name.
pub fn parse<C: Parser>(arguments: impl IntoIterator<Item = OsString>) -> Result<C, Error> {
    C::from_arg_matches(&matches::<C>(arguments)?)
}

/// What [`parse`] makes its value from.
pub fn matches<C: CommandFactory>(arguments: impl IntoIterator<Item = OsString>) -> Result<ArgMatches, Error> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let matches = C::command().try_get_matches_from(arguments.clone())?;
    let Some(path) = config_file(&matches) else { return Ok(matches) };
    let in_file = |error: Error| Error::raw(error.kind(), format!("in {}: {}", path.display(), error.render()));
    let values = values(&path)?;
    with_defaults(C::command(), &values).try_get_matches_from(arguments).map_err(in_file)
}

fn config_file(matches: &ArgMatches) -> Option<PathBuf> {
    let below = matches.subcommand().and_then(|(_, matches)| config_file(matches));
    below.or_else(|| matches.try_get_one("config").ok().flatten().cloned())
}

/// Reads a file of settings. Every key must be the name of a setting.
fn values(path: &Path) -> Result<BTreeMap<String, String>, Error> {
    let wrong = |kind, message: String| Error::raw(kind, format!("in {}: {message}\n", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(ErrorKind::Io, error.to_string()))?;
    // The parser's own report would show the line, and with it perhaps a secret.
    let table: toml::Table =
        toml::from_str(&text).map_err(|error: toml::de::Error| wrong(ErrorKind::InvalidValue, place(&text, error.span())))?;
    let names: Vec<String> = Settings::list().into_iter().map(|setting| setting.name).filter(|name| name != "config").collect();
    let value = |(name, value): (String, toml::Value)| match value {
        _ if !names.contains(&name) => {
            Err(wrong(ErrorKind::UnknownArgument, format!("`{name}` is no setting; expected one of {}", names.join(", "))))
        }
        toml::Value::String(text) => Ok((name, text)),
        toml::Value::Integer(number) => Ok((name, number.to_string())),
        _ => Err(wrong(ErrorKind::InvalidValue, format!("`{name}`: expected a text or a whole number"))),
    };
    table.into_iter().map(value).collect()
}

fn place(text: &str, span: Option<std::ops::Range<usize>>) -> String {
    let line = span.and_then(|span| text.get(..span.start)).map_or(1, |before| before.matches('\n').count() + 1);
    format!("line {line} is not TOML: expected `name = \"text\"` or `name = number`")
}

fn with_defaults(command: Command, values: &BTreeMap<String, String>) -> Command {
    let has_settings = command.get_arguments().any(|arg| arg.get_env().is_some_and(|name| name == "REGIOPOOL_CONFIG"));
    let command = command.mut_args(|arg| match values.get(arg.get_id().as_str()) {
        Some(value) if has_settings => arg.default_value(value.clone()),
        _ => arg,
    });
    command.mut_subcommands(|command| with_defaults(command, values))
}
