//! What an embedded installation keeps in its data folder: a lock, so that one process at a time runs it, and its keys (D19, D23).

use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

use anyhow::{Context, bail};
use base64::{Engine, engine::general_purpose::STANDARD};
use chassis::config::{Secret, Settings};
use fs4::{FileExt, TryLockError};
use rand::{TryRngCore, rngs::OsRng};
use serde::{Deserialize, Serialize};

/// Holds the data folder until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Lock(#[expect(dead_code, reason = "the open file is the lock")] File);

/// Makes the data folder if needed, readable by its owner only, and takes its lock.
pub(crate) fn lock(data: &Path) -> anyhow::Result<Lock> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data)
        .with_context(|| format!("cannot make the data folder {}", data.display()))?;
    let path = data.join("lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .with_context(|| format!("cannot open {}", path.display()))?;
    match FileExt::try_lock(&file) {
        Ok(()) => Ok(Lock(file)),
        Err(TryLockError::WouldBlock) => bail!("another regiopool runs on the data folder {}", data.display()),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    token_keys: String,
    service_secret: String,
    session_key: String,
}

fn random(bytes: usize) -> anyhow::Result<String> {
    let mut buffer = vec![0; bytes];
    OsRng.try_fill_bytes(&mut buffer).context("the machine gives no random bytes")?;
    Ok(STANDARD.encode(buffer))
}

const KEYS: &str = "keys.toml";

/// Makes the key file of a new data folder; does nothing when there is one.
pub(crate) fn make_keys(data: &Path) -> anyhow::Result<()> {
    let path = data.join(KEYS);
    if path.exists() {
        return Ok(());
    }
    let keys =
        KeyFile { token_keys: format!("k1:{}", random(32)?), service_secret: random(32)?, session_key: format!("k1:{}", random(64)?) };
    let text = format!("# The keys of this installation. Whoever has them can do anything in it.\n{}", toml::to_string(&keys)?);
    // Written beside and renamed, so that a crash leaves either no key file or a whole one.
    let partial = data.join("keys.toml.new");
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&partial)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&partial, &path).with_context(|| format!("cannot write {}", path.display()))
}

/// The settings with the keys of the data folder where none were given. Without a key file they stay as they are.
pub(crate) fn with_keys(mut settings: Settings) -> anyhow::Result<Settings> {
    let path = settings.data.join(KEYS);
    if !path.exists() {
        return Ok(settings);
    }
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let keys: KeyFile = toml::from_str(&text).with_context(|| format!("{} is not a key file", path.display()))?;
    settings.token_keys.get_or_insert_with(|| Secret::from(keys.token_keys));
    settings.service_secret.get_or_insert_with(|| Secret::from(keys.service_secret));
    settings.session_key.get_or_insert_with(|| Secret::from(keys.session_key));
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_data_folder_belongs_to_one_process_and_its_keys_to_its_owner() {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        let held = lock(&data).expect("the first");
        assert!(lock(&data).expect_err("the second").to_string().contains("another regiopool"));
        drop(held);
        lock(&data).expect("after the first");

        make_keys(&data).expect("keys");
        let written = fs::read_to_string(data.join(KEYS)).expect("the file");
        assert_eq!(fs::metadata(data.join(KEYS)).expect("the file").permissions().mode() & 0o777, 0o600);
        make_keys(&data).expect("again");
        assert_eq!(fs::read_to_string(data.join(KEYS)).expect("the file"), written);
    }
}
