//! The schema, forward only: a change of it is a further migration that older code can still read (expand, then contract).

use sea_orm_migration::{async_trait::async_trait, prelude::*};

mod m0101_copies;
mod m0102_shifts;
mod m0110_working_time;
mod m0111_conflicts;
mod m0112_roster;
mod m0113_waits;
mod m0120_release;
mod m0121_leaving;
mod m0130_unavailability;
mod m0131_employments;
mod m0132_consents;
mod m0132_scope;

/// Every migration of flexpool's database: the request ids and reads of chassis, the tables of the bus and its own.
#[derive(Debug)]
pub struct Migrator;

#[async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut all: Vec<Box<dyn MigrationTrait>> = vec![Box::new(chassis::mutation::RequestTable)];
        all.extend(bus::migrations());
        all.push(Box::new(m0101_copies::Copies));
        all.push(Box::new(m0102_shifts::Shifts));
        all.push(Box::new(chassis::file_reads::FileReadTables));
        all.push(Box::new(m0110_working_time::WorkingTime));
        all.push(Box::new(m0111_conflicts::Conflicts));
        all.push(Box::new(m0112_roster::Roster));
        all.push(Box::new(m0113_waits::Waits));
        all.push(Box::new(m0120_release::Release));
        all.push(Box::new(m0121_leaving::Leaving));
        all.push(Box::new(m0130_unavailability::Unavailability));
        all.push(Box::new(m0131_employments::Employments));
        all.push(Box::new(m0132_consents::Consents));
        all.push(Box::new(m0132_scope::Scope));
        all
    }
}

/// A table whose key is (region, id), or other columns after the region (D21). A `?` before a name means that it may be null.
fn table(name: &'static str, key: &[&'static str], columns: &[(&'static str, Kind)]) -> TableCreateStatement {
    let mut table = Table::create().table(Alias::new(name)).col(ColumnDef::new(Alias::new("region")).uuid().not_null()).to_owned();
    for (column, kind) in columns {
        let (column, optional) = column.strip_prefix('?').map_or((*column, false), |name| (name, true));
        let mut definition = ColumnDef::new(Alias::new(column));
        kind.of(&mut definition);
        if !optional {
            definition.not_null();
        }
        table.col(&mut definition);
    }
    let mut primary = Index::create();
    primary.col(Alias::new("region"));
    for column in key {
        primary.col(Alias::new(*column));
    }
    table.primary_key(&mut primary).to_owned()
}

/// A further column of a table: with a value for the rows that are there, or one that may be null.
fn add_column(table: &'static str, column: &'static str, kind: Kind, value: Option<i32>) -> TableAlterStatement {
    let mut definition = ColumnDef::new(Alias::new(column));
    kind.of(&mut definition);
    if let Some(value) = value {
        definition.not_null().default(value);
    }
    Table::alter().table(Alias::new(table)).add_column(&mut definition).to_owned()
}

/// An index that leads with the region.
fn index(name: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create().name(name).table(Alias::new(table)).col(Alias::new("region")).to_owned();
    for column in columns {
        index.col(Alias::new(*column));
    }
    index
}

/// How a column keeps what it holds (D22).
#[derive(Clone, Copy)]
enum Kind {
    /// UUID.
    Id,
    Text,
    /// ISO text.
    Day,
    /// 32 bits; also the number of a proto's enum value.
    Number,
    /// 64 bits.
    Long,
    /// Microseconds since 1970 UTC.
    Instant,
    Bytes,
}

impl Kind {
    fn of(self, column: &mut ColumnDef) {
        match self {
            Self::Id => column.uuid(),
            Self::Text | Self::Day => column.text(),
            Self::Number => column.integer(),
            Self::Long | Self::Instant => column.big_integer(),
            Self::Bytes => column.binary(),
        };
    }
}
