//! `regiopool config`: what is in force.

use chassis::config::Settings;

/// How to print.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Prints every setting with its value; of a secret only whether it is set.
pub(crate) fn run(settings: &Settings, args: &Args) -> anyhow::Result<()> {
    let effective = settings.effective();
    if args.json {
        let map: serde_json::Map<String, serde_json::Value> =
            effective.into_iter().map(|(name, value)| (name.to_string(), serde_json::Value::String(value))).collect();
        println!("{}", serde_json::to_string_pretty(&map)?);
        return Ok(());
    }
    let width = effective.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, value) in effective {
        println!("{name:<width$}  {value}");
    }
    Ok(())
}
