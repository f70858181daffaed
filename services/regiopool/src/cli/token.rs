//! `regiopool token`: a token for calling the services by hand, from grpcurl for example.

use anyhow::Context;
use chassis::{caller::Role, config::Settings, frame::Frame};
use proto::members::{IssueServiceTokenRequest, RoleGrant, identity_service_client::IdentityServiceClient};

/// What the token may do.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Role of the token; may be given several times.
    #[arg(long = "role", required = true)]
    roles: Vec<Role>,
    /// Organisation to which the roles are limited: `org_…`.
    #[arg(long, default_value = "")]
    organisation: String,
    /// Slug of the region; not needed for a platform admin.
    #[arg(long, default_value = "")]
    region: String,
}

/// Prints a token of ten minutes. Needs the installation's secret, from the settings or the data folder.
pub(crate) async fn run(settings: &Settings, args: &Args) -> anyhow::Result<()> {
    let secret =
        settings.service_secret.as_ref().context("no service secret: give --data of the installation or REGIOPOOL_SERVICE_SECRET")?;
    let frame = Frame::new(settings.clone())?;
    let roles = args
        .roles
        .iter()
        .map(|role| RoleGrant { role: members::role_to_proto(*role).into(), organisation: args.organisation.clone() })
        .collect();
    let request =
        IssueServiceTokenRequest { client: "command-line".into(), secret: secret.expose().into(), roles, region: args.region.clone() };
    let response = IdentityServiceClient::new(frame.peer("members")).issue_service_token(request).await?;
    println!("{}", response.into_inner().token);
    Ok(())
}
