//! The files in `deploy/` name only settings that there are, and all of them.

use std::{collections::BTreeSet, fs, path::PathBuf};

use chassis::config::Settings;

fn file(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../deploy").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn known() -> BTreeSet<String> {
    Settings::list().into_iter().map(|setting| setting.variable).collect()
}

/// Every word that looks like a setting of ours.
fn mentioned(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'));
    words.filter(|word| word.starts_with("REGIOPOOL_") || word.starts_with("OTEL_")).map(str::to_owned).collect()
}

/// The settings of the example, in order: name, value, and whether a comment stands right before it.
fn example() -> Vec<(String, String, bool)> {
    let text = file("env.example");
    let mut before = "";
    let mut settings = Vec::new();
    for line in text.lines() {
        let setting = line.trim_start_matches("# ").split_once('=');
        let named = setting.filter(|(name, _)| !name.is_empty() && mentioned(name).contains(*name));
        if let Some((name, value)) = named {
            settings.push((name.to_owned(), value.to_owned(), before.starts_with("# ")));
        }
        before = line;
    }
    settings
}

#[test]
fn the_example_environment_has_every_setting_and_no_other() {
    let names: Vec<String> = example().into_iter().map(|(name, _, _)| name).collect();
    let listed: BTreeSet<String> = names.iter().cloned().collect();
    assert_eq!(listed, known());
    assert_eq!(names.len(), listed.len(), "a setting stands there twice: {names:?}");
}

#[test]
fn every_setting_of_the_example_is_explained_and_shows_its_default() {
    let defaults = Settings::list();
    for (name, value, explained) in example() {
        let setting = defaults.iter().find(|setting| setting.variable == name).expect("a known setting");
        assert_eq!(value, setting.default, "{name}");
        assert!(explained, "{name} has no comment before it");
    }
}

#[test]
fn the_deployment_names_only_settings_that_there_are() {
    for name in ["compose.yaml", "README.md", "Dockerfile"] {
        let unknown: Vec<String> = mentioned(&file(name)).difference(&known()).cloned().collect();
        assert!(unknown.is_empty(), "{name} names {unknown:?}");
    }
}

#[test]
fn the_compose_file_gives_every_address_and_secret_that_separate_services_need() {
    let given = mentioned(&file("compose.yaml"));
    let needed = Settings::list().into_iter().map(|setting| setting.variable).filter(|name| {
        let of_embedded = ["REGIOPOOL_DATA", "REGIOPOOL_CONFIG", "REGIOPOOL_DATABASE_CONNECTIONS"].contains(&name.as_str());
        let ends = ["_URL", "_DATABASE", "_KEY", "_KEYS", "_SECRET", "_ISSUER", "_REDIS", "_LISTEN", "_ENDPOINT"];
        !of_embedded && ends.iter().any(|end| name.ends_with(end))
    });
    let missing: Vec<String> = needed.filter(|name| !given.contains(name)).collect();
    assert!(missing.is_empty(), "compose.yaml lacks {missing:?}");
}
