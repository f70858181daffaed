//! The schema, forward only: a column is added before it is used and dropped after it is not (D24).

mod m0100_members;
mod m0110_identity;
mod m0111_access_log;
mod m0112_file_reads;
mod m0116_sessions;
mod m0120_pools;
mod m0121_organisations;
mod m0130_unavailability;
mod m0131_employments;
mod m0132_links;
mod m0133_messages;
mod m0134_consents;
mod m0150_agreements;

use sea_orm_migration::{MigrationTrait, MigratorTrait, async_trait::async_trait};

/// Brings the database of members up to date.
#[derive(Debug)]
pub struct Migrator;

#[async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut all: Vec<Box<dyn MigrationTrait>> = vec![Box::new(chassis::mutation::RequestTable)];
        all.extend(bus::migrations());
        all.push(Box::new(m0100_members::Members));
        all.push(Box::new(m0110_identity::Identity));
        all.push(Box::new(m0111_access_log::AccessLog));
        all.push(Box::new(m0112_file_reads::FileReads));
        all.push(Box::new(m0116_sessions::Sessions));
        all.push(Box::new(m0120_pools::Pools));
        all.push(Box::new(m0121_organisations::Organisations));
        all.push(Box::new(m0130_unavailability::Unavailability));
        all.push(Box::new(m0131_employments::Employments));
        all.push(Box::new(m0132_links::Links));
        all.push(Box::new(m0133_messages::Messages));
        all.push(Box::new(m0134_consents::Consents));
        all.push(Box::new(m0150_agreements::Agreements));
        all
    }
}
