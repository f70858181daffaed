//! `regiopool export`: writes a region as CSV files, read through the public RPCs, which put every read on record (D17).
//!
//! The files are those that `import` knows under their fields' own names, so what is exported goes in again, elsewhere or changed, and
//! comes out the same. A folder holds the files of one organisation; the region's own stand beside these folders.

mod cells;
mod organisation;
mod region;
mod table;

pub(crate) use self::{
    organisation::{SHIFTS, WORKERS, map as write_organisation},
    region::{fields, map as write_region},
    table::Table,
};

use std::{
    fs::DirBuilder,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result, bail, ensure};
use chassis::{config::Settings, frame::Frame};
use proto::members::{ListOrganisationsRequest, Organisation, Role};
use serde::Serialize;

use crate::{
    client::{Client, role},
    import::progress,
};

/// What to export.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder to write: a new or an empty one. Only its owner can read it.
    folder: PathBuf,
    /// KvK number of the only organisation to write; all when left out.
    #[arg(long, value_name = "NUMBER")]
    organisation: Option<String>,
    /// Slug of the region; may be left out when there is only one.
    #[arg(long)]
    region: Option<String>,
    /// Print what was written as JSON.
    #[arg(long)]
    json: bool,
}

/// A file that was written.
#[derive(Debug, Serialize)]
pub(crate) struct Written {
    file: String,
    rows: u64,
}

/// Writes the files, and says how many rows each has.
pub(crate) async fn command(settings: &Settings, args: &Args) -> Result<ExitCode> {
    let written = run(settings, args).await?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&written)?);
    } else {
        written.iter().for_each(|file| println!("{}: {} rows", file.file, file.rows));
    }
    Ok(ExitCode::SUCCESS)
}

async fn run(settings: &Settings, args: &Args) -> Result<Vec<Written>> {
    let admin = Client::platform_admin(&Frame::new(settings.clone())?, "export")?;
    let slug = admin.region(args.region.as_deref()).await?;
    let operator = admin.acting(&slug, vec![role(Role::Operator, "")]);
    let mut organisations = operator.all(ListOrganisationsRequest::default()).await.context("the organisations")?;
    organisations.sort_by(|a, b| a.kvk_number.cmp(&b.kvk_number));
    make_folder(&args.folder)?;
    // Who employs whom is told by their numbers.
    let employers = organisations.iter().map(|one| (one.id.clone(), one.kvk_number.clone())).collect();
    let acting = |one: &Organisation| {
        let roles = vec![role(Role::Operator, ""), role(Role::Hr, &one.id), role(Role::Planner, &one.id)];
        admin.acting(&slug, roles)
    };
    if let Some(number) = &args.organisation {
        let Some(one) = organisations.iter().find(|one| one.kvk_number == *number) else {
            bail!("the region has no organisation with the KvK number {number:?}");
        };
        return organisation::write(&acting(one), &args.folder, one, None).await;
    }
    let bar = progress(!args.json);
    bar.set_length(organisations.len() as u64);
    let mut written = region::write(&operator, &args.folder, &organisations).await?;
    for one in &organisations {
        bar.set_message(one.name.clone());
        let folder = args.folder.join(&one.kvk_number);
        make_folder(&folder)?;
        let files = organisation::write(&acting(one), &folder, one, Some(&employers)).await.with_context(|| one.name.clone())?;
        written.extend(files.into_iter().map(|file| Written { file: format!("{}/{}", one.kvk_number, file.file), ..file }));
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(written)
}

/// Makes the folder, or takes an empty one.
pub(crate) fn make_folder(folder: &Path) -> Result<()> {
    let shown = folder.display();
    if folder.exists() {
        let mut entries = std::fs::read_dir(folder).with_context(|| format!("cannot read {shown}"))?;
        ensure!(entries.next().is_none(), "{shown} is not empty: expected a new folder");
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(folder).with_context(|| format!("cannot make {shown}"))
}
