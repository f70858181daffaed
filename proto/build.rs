//! Compiles every `.proto` below this folder with protox (no protoc needed) into OUT_DIR.

use std::{env, error::Error, fs, path::PathBuf};

use prost::Message;

const FILES: &[&str] = &[
    "regiopool/bus/v1/event_log.proto",
    "regiopool/chassis/v1/reasons.proto",
    "regiopool/members/v1/access_log.proto",
    "regiopool/members/v1/agreements.proto",
    "regiopool/members/v1/consents.proto",
    "regiopool/members/v1/events.proto",
    "regiopool/members/v1/identity.proto",
    "regiopool/members/v1/links.proto",
    "regiopool/members/v1/messages.proto",
    "regiopool/members/v1/organisations.proto",
    "regiopool/members/v1/pools.proto",
    "regiopool/members/v1/portfolio.proto",
    "regiopool/members/v1/reasons.proto",
    "regiopool/members/v1/schedule_constraints.proto",
    "regiopool/members/v1/unavailability.proto",
    "regiopool/members/v1/workers.proto",
    "regiopool/flexpool/v1/access_log.proto",
    "regiopool/flexpool/v1/claims.proto",
    "regiopool/flexpool/v1/conflicts.proto",
    "regiopool/flexpool/v1/events.proto",
    "regiopool/flexpool/v1/reasons.proto",
    "regiopool/flexpool/v1/roster.proto",
    "regiopool/flexpool/v1/shifts.proto",
    "regiopool/flexpool/v1/waits.proto",
    "regiopool/flexpool/v1/working_time.proto",
];

#[expect(clippy::disallowed_methods, reason = "cargo speaks to a build script through the environment")]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=regiopool");
    println!("cargo:rerun-if-changed=google");
    let descriptors = protox::compile(FILES, ["."])?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("descriptors.binpb"), descriptors.encode_to_vec())?;
    // The event log names an event by the full name of its message.
    let mut config = tonic_prost_build::Config::new();
    config.enable_type_names();
    tonic_prost_build::configure().bytes(".regiopool.bus.v1").compile_fds_with_config(descriptors, config)?;
    Ok(())
}
