//! Invitations for the imported workers, as a file that only its owner can read.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use anyhow::{Context, Result};
use futures::{StreamExt, TryStreamExt, stream};
use indicatif::ProgressBar;
use proto::members::{CreateUserRequest, Role, User};
use tonic::Code;

use super::row::Invitee;
use crate::client::{Client, role};

/// So many are made at once.
const IN_FLIGHT: usize = 16;
const MAX_NAME: usize = 120;

/// Makes a user with an invitation code for each of them who has none yet, and writes number, name and code. Gives how many.
pub(super) async fn write(client: &Client, invitees: Vec<Invitee>, path: &Path, bar: &ProgressBar) -> Result<u64> {
    bar.set_length(invitees.len() as u64);
    bar.set_position(0);
    bar.set_message("invitations");
    let made = stream::iter(invitees.into_iter().map(|invitee| async move {
        let code = invite(client, &invitee).await;
        bar.inc(1);
        code.map(|code| code.map(|code| [invitee.personnel_number, invitee.name, code]))
    }));
    let lines: Vec<Option<[String; 3]>> = made.buffered(IN_FLIGHT).try_collect().await.context("cannot invite")?;
    let lines: Vec<[String; 3]> = lines.into_iter().flatten().collect();
    save(path, &lines).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(lines.len() as u64)
}

/// The code for somebody; `None` for who has a user already.
async fn invite(client: &Client, invitee: &Invitee) -> Result<Option<String>> {
    let user = User {
        display_name: invitee.name.chars().take(MAX_NAME).collect::<String>().trim().to_owned(),
        roles: vec![role(Role::Worker, "")],
        worker: invitee.worker.clone(),
        ..User::default()
    };
    match client.change(CreateUserRequest { user: Some(user), ..Default::default() }).await {
        Ok(answer) => Ok(Some(answer.invitation_code).filter(|code| !code.is_empty())),
        Err(status) if status.code() == Code::AlreadyExists => Ok(None),
        Err(status) => Err(status).with_context(|| format!("the worker {}", invitee.worker)),
    }
}

/// Writes the whole file or nothing: beside it first, then in its place.
fn save(path: &Path, lines: &[[String; 3]]) -> Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    let mut writer = csv::WriterBuilder::new().delimiter(b';').from_writer(&mut file);
    writer.write_record(["personnel number", "name", "invitation code"])?;
    for line in lines {
        writer.write_record(line.iter().map(|cell| harmless(cell)))?;
    }
    writer.flush()?;
    drop(writer);
    file.flush()?;
    file.sync_all()?;
    Ok(fs::rename(&beside, path)?)
}

/// A cell that a spreadsheet does not take for a formula, whatever somebody's name begins with.
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t']) { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn only_its_owner_can_read_the_file_and_a_spreadsheet_runs_nothing_in_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("invitations.csv");
        fs::write(&path, "old").expect("an older file that all can read");
        let line = |name: &str| ["10000".to_owned(), name.to_owned(), "ABCD-EFGH".to_owned()];
        save(&path, &[line("Öz; türk"), line("=1+1")]).expect("written");
        assert_eq!(fs::metadata(&path).expect("the file").permissions().mode() & 0o777, 0o600);
        let text = fs::read_to_string(&path).expect("the file");
        assert_eq!(text, "personnel number;name;invitation code\n10000;\"Öz; türk\";ABCD-EFGH\n10000;'=1+1;ABCD-EFGH\n");
        assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1);
    }
}
