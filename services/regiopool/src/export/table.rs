//! A CSV file with the names of its fields as titles, that only its owner can read.

use std::{
    fs::{File, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use anyhow::{Context, Result, ensure};

use super::Written;

/// How every file is written, as its map says it.
pub(super) const DIALECT: &str =
    "[dialect]\nseparator = \",\"\nencoding = \"utf-8\"\ndate = \"yyyy-mm-dd\"\ntime = \"hh:mm\"\ndecimal = \".\"\nlist = \"|\"\n";

/// A file that is being written.
pub(crate) struct Table {
    name: &'static str,
    width: usize,
    writer: csv::Writer<File>,
    rows: u64,
}

impl Table {
    /// Begins the file with its titles.
    pub(crate) fn begin(folder: &Path, name: &'static str, titles: impl Iterator<Item = &'static str>) -> Result<Self> {
        let mut writer = csv::Writer::from_writer(create(folder, name)?);
        let titles: Vec<&str> = titles.collect();
        writer.write_record(&titles).with_context(|| format!("cannot write {name}"))?;
        Ok(Self { name, width: titles.len(), writer, rows: 0 })
    }

    /// One more row. Its cells stand in the order of the titles.
    pub(crate) fn row(&mut self, cells: &[String]) -> Result<()> {
        ensure!(cells.len() == self.width, "a row of {} has {} cells for {} titles", self.name, cells.len(), self.width);
        self.rows += 1;
        self.writer.write_record(cells).with_context(|| format!("cannot write {}", self.name))
    }

    /// Ends the file: it is on the disk.
    pub(crate) fn end(self) -> Result<Written> {
        let name = self.name;
        let file = self.writer.into_inner().map_err(|error| error.into_error()).with_context(|| format!("cannot write {name}"))?;
        file.sync_all().with_context(|| format!("cannot write {name}"))?;
        Ok(Written { file: name.to_owned(), rows: self.rows })
    }
}

/// Writes a map.
pub(super) fn write_map(folder: &Path, name: &str, text: &str) -> Result<()> {
    let mut file = create(folder, name)?;
    file.write_all(text.as_bytes()).with_context(|| format!("cannot write {name}"))?;
    file.sync_all().with_context(|| format!("cannot write {name}"))
}

fn create(folder: &Path, name: &str) -> Result<File> {
    let path = folder.join(name);
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
    file.with_context(|| format!("cannot write {}", path.display()))
}
