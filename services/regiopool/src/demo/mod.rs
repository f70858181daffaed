//! A small region to look at: employers, workers and open shifts that nobody is, all from a seed and a day, made through the public RPCs.
//!
//! What the region holds follows from the seed and the anchor alone ([`plan`]); only ids differ. Making it again changes nothing.

mod create;
mod full;
mod names;
mod plan;
mod profile;

use std::{fs, io::Write, path::Path, process::ExitCode};

use anyhow::{Context, Result};
use chassis::{config::Settings, frame::Frame, time::LocalDate};

use self::{
    create::{Creation, DemoPerson},
    plan::Plan,
};

/// File in the data folder with the people whom the demo issuer offers by name. Written last: it says that the region is whole.
const PEOPLE: &str = "demo-people.json";

/// Which demo region.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// Number from which the demo region follows.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Day after which its open shifts lie, as in 2026-12-01; today when left out.
    #[arg(long, value_name = "DAY")]
    anchor: Option<LocalDate>,
    /// How large: a handful of employers, or 90 with 75,000 workers and 20,000 open shifts, or a part of these.
    #[arg(long, value_enum, default_value_t = Scale::Small)]
    scale: Scale,
}

/// How large the region is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Scale {
    /// 6 organisations and 240 workers.
    Small,
    /// 90 organisations and about 750 workers.
    Hundredth,
    /// 90 organisations and about 7,500 workers.
    Tenth,
    /// 90 organisations and 75,000 workers. Takes minutes.
    Full,
}

/// What the region holds.
#[derive(Debug)]
pub(crate) struct Summary {
    organisations: usize,
    workers: usize,
    shifts: usize,
    people: usize,
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { organisations, workers, shifts, people } = self;
        write!(
            f,
            "the demo region has {organisations} organisations, {workers} workers, {shifts} shifts and {people} people who can sign in"
        )
    }
}

/// `regiopool demo`: makes the region in an installation that runs in demo mode.
pub(crate) async fn command(settings: &Settings, args: &Args) -> Result<ExitCode> {
    println!("{}", prepare(&Frame::new(settings.clone())?, args).await?);
    Ok(ExitCode::SUCCESS)
}

/// Makes the region and writes down who can sign in. Does nothing to a region that stands.
pub(crate) async fn prepare(frame: &Frame, args: &Args) -> Result<Summary> {
    let anchor = args.anchor.unwrap_or_else(|| frame.clock.now().local_date());
    let made = match args.scale {
        Scale::Small => create(frame, args.seed, anchor).await,
        Scale::Hundredth => full::create(frame, 100, args.seed, anchor).await,
        Scale::Tenth => full::create(frame, 10, args.seed, anchor).await,
        Scale::Full => full::create(frame, 1, args.seed, anchor).await,
    };
    made.context("the demo region")
}

/// Makes the region of this seed and day. Errors: a service does not answer, or refuses because the day is past.
pub(crate) async fn create(frame: &Frame, seed: u64, anchor: LocalDate) -> Result<Summary> {
    let plan = Plan::new(seed, anchor);
    let creation = Creation::begin(frame, &plan).await?;
    let (workers, ()) = tokio::try_join!(creation.workers(), creation.shifts())?;
    let people = creation.people(&workers).await?;
    save(&frame.settings.data, &people)?;
    Ok(Summary { organisations: profile::PROFILES.len(), workers: workers.len(), shifts: plan.shifts.len(), people: people.len() })
}

/// Writes the whole file or nothing.
fn save(data: &Path, people: &[DemoPerson]) -> Result<()> {
    let (path, beside) = (data.join(PEOPLE), data.join(format!("{PEOPLE}.new")));
    let write = || {
        fs::create_dir_all(data)?;
        let mut file = fs::File::create(&beside)?;
        file.write_all(&serde_json::to_vec_pretty(people)?)?;
        file.sync_all()?;
        anyhow::Ok(fs::rename(&beside, &path)?)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}
