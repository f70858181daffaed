//! The files of a whole region: what belongs to no organisation alone, and a folder for each organisation.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use chassis::{config::Settings, frame::Frame};
use indicatif::ProgressBar;
use proto::members::Role;

use super::{
    Args,
    files::{Files, Take},
    find_map,
    map::{Map, RegionMap},
    records::{Organisations, Pools, RecordFile, Shares},
    report::Report,
    rows, send,
};
use crate::client::{Client, role};

/// The map of a region.
pub(crate) const MAP: &str = "region.toml";

/// Whether a folder holds the files of a region.
pub(super) fn is_one(folder: &Path) -> bool {
    folder.join(MAP).is_file()
}

/// Imports them: organisations first, then pools, then the folders in the order of the map. Everything is looked over before anything is
/// sent. Gives a report of the region's own files, and one of each folder.
pub(super) async fn run(args: &Args, settings: &Settings) -> Result<Vec<Report>> {
    ensure!(args.invitations.is_none(), "--invitations: expected the folder of one organisation");
    let map = RegionMap::read(&args.folder.join(MAP))?;
    let bar = rows::progress(!args.json);
    let own = Own::look(&args.folder, &map)?;
    let mut folders = Vec::new();
    for name in &map.folders {
        let folder = args.folder.join(&name.0);
        let map = Map::read(&find_map(&folder)?)?;
        let files = Files::look(&folder, &map).with_context(|| name.0.clone())?;
        folders.push((folder, map, files));
    }
    let to = if args.dry_run {
        None
    } else {
        let admin = Client::platform_admin(&Frame::new(settings.clone())?, "import")?;
        let region = admin.region(args.region.as_deref()).await?;
        Some((admin, region))
    };
    let operator = to.as_ref().map(|(admin, region)| admin.acting(region, vec![role(Role::Operator, "")]));
    let mut reports = vec![own.take(&args.folder, operator.as_ref(), &bar).await?];
    for (folder, map, files) in folders {
        let take = Take { folder: &folder, map: &map, invitations: None, bar: &bar };
        let report = match &to {
            Some((admin, region)) => send(admin, region, files, &take).await,
            None => files.take(&take, None).await,
        };
        reports.push(report.with_context(|| folder.display().to_string())?);
    }
    bar.finish_and_clear();
    Ok(reports)
}

/// The files that belong to the region.
struct Own {
    organisations: Option<RecordFile<Organisations>>,
    pools: Option<RecordFile<Pools>>,
    shares: Option<RecordFile<Shares>>,
}

impl Own {
    fn look(folder: &Path, map: &RegionMap) -> Result<Self> {
        let (organisations, pools, shares) = (map.organisations.as_ref(), map.pools.as_ref(), map.pool_members.as_ref());
        Ok(Self {
            organisations: organisations.map(|section| RecordFile::look(folder, section, &map.dialect)).transpose()?,
            pools: pools.map(|section| RecordFile::look(folder, section, &map.dialect)).transpose()?,
            shares: shares.map(|section| RecordFile::look(folder, section, &map.dialect)).transpose()?,
        })
    }

    async fn take(self, folder: &Path, client: Option<&Client>, bar: &ProgressBar) -> Result<Report> {
        let mut files = Vec::new();
        // Each kind is compared with what the region has after the kind before it.
        if let Some(file) = self.organisations {
            let record = match client {
                Some(client) => Organisations::of(client).await?,
                None => Organisations::default(),
            };
            files.push(file.take(folder, record, client, bar).await?);
        }
        if let Some(file) = self.pools {
            let record = match client {
                Some(client) => Pools::of(client).await?,
                None => Pools::default(),
            };
            files.push(file.take(folder, record, client, bar).await?);
        }
        if let Some(file) = self.shares {
            let record = match client {
                Some(client) => Shares::of(client).await?,
                None => Shares::default(),
            };
            files.push(file.take(folder, record, client, bar).await?);
        }
        Ok(Report { organisation: "The region".to_owned(), dry_run: client.is_none(), made: Vec::new(), files, invitations: None })
    }
}
