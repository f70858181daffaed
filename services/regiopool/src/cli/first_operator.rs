//! The first operator of an empty installation: a region and an invitation code, made once and kept in the data folder until it is used.

use std::{fs, io::Write, os::unix::fs::OpenOptionsExt};

use anyhow::Context;
use chassis::{
    caller::Role,
    frame::{Frame, with_token},
    ids,
};
use proto::members::{
    CreateRegionRequest, CreateUserRequest, IssueServiceTokenRequest, ListRegionsRequest, Region, RoleGrant, User,
    identity_service_client::IdentityServiceClient,
};

const SLUG: &str = "regio";

/// Makes a region when there is none, with an invitation for its operator, and gives the sentence that tells the code. `None` when the
/// installation has a region already.
pub(crate) async fn invite(frame: &Frame) -> anyhow::Result<Option<String>> {
    let admin = token(frame, Role::PlatformAdmin, "").await?;
    let mut identity = IdentityServiceClient::new(frame.peer("members"));
    let regions = identity.list_regions(with_token(ListRegionsRequest {}, &admin)).await?.into_inner().regions;
    let file = frame.settings.data.join("operator-invitation");
    if !regions.is_empty() {
        return Ok(fs::read_to_string(&file).ok().map(|code| sentence(code.trim())));
    }
    let region = Region { slug: SLUG.into(), name: "Regio".into(), ..Default::default() };
    let request = CreateRegionRequest { region: Some(region), request_id: ids::random_uuid().to_string() };
    identity.create_region(with_token(request, &admin)).await?;

    let operator = token(frame, Role::Operator, SLUG).await?;
    let roles = vec![RoleGrant { role: members::role_to_proto(Role::Operator).into(), organisation: String::new() }];
    let user = User { display_name: "Operator".into(), roles, ..Default::default() };
    let request = CreateUserRequest { user: Some(user), identity: None, request_id: ids::random_uuid().to_string() };
    let code = identity.create_user(with_token(request, &operator)).await?.into_inner().invitation_code;
    let mut kept = fs::OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&file)?;
    writeln!(kept, "{code}")?;
    Ok(Some(sentence(&code)))
}

fn sentence(code: &str) -> String {
    format!("operator: sign in at the portal with the invitation code {code} (it works once)")
}

async fn token(frame: &Frame, role: Role, region: &str) -> anyhow::Result<String> {
    let secret = frame.settings.service_secret.as_ref().context("no service secret")?.expose().to_owned();
    let roles = vec![RoleGrant { role: members::role_to_proto(role).into(), organisation: String::new() }];
    let request = IssueServiceTokenRequest { client: "up".into(), secret, roles, region: region.into() };
    Ok(IdentityServiceClient::new(frame.peer("members")).issue_service_token(request).await?.into_inner().token)
}
