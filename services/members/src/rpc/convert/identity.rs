//! Regions, users, roles and sessions.

use chassis::{
    caller::{Grant, Role},
    error::Result,
    ids::RegionId,
    page::Page,
    time::Timestamp,
    validate::Fields,
};
use proto::members as pb;
use uuid::Uuid;

use super::{choice, message, page};
use crate::{
    app::identity::Known,
    domain::{
        identity::{
            Ending, Identity, InvitationCode, NewRegion, NewUser, Region, Scope, Session, Who, is_for_people, is_regionless, scope,
        },
        text::{code, open_text},
    },
    events::sid,
    store::sessions::ByEnd,
};

const MAX_ROLES: usize = 50;
/// Longer than any ID token that a provider makes.
const MAX_ID_TOKEN: usize = 16_384;
/// Longer than any secret that members gives out or an installation has.
const MAX_SECRET: usize = 1_000;

pub(in crate::rpc) fn create_region(msg: &pb::CreateRegionRequest) -> Result<(NewRegion, Uuid)> {
    let mut fields = Fields::new();
    let new = message(&mut fields, "region", msg.region.as_ref()).and_then(|msg| {
        let fields = &mut fields;
        fields.output_only("region.id", msg.id.is_empty());
        let slug = code(fields, "region.slug", &msg.slug, (2, 40), false);
        let name = open_text(fields, "region.name", &msg.name, 120);
        Some(NewRegion { slug: slug?, name: name? })
    });
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(new.zip(request_id))
}

pub(in crate::rpc) fn region(region: &Region) -> pb::Region {
    pb::Region { id: region.id.to_string(), slug: region.about.slug.clone(), name: region.about.name.clone() }
}

/// Who asks for a token by the installation's secret.
pub(in crate::rpc) struct ServiceToken {
    pub(in crate::rpc) client: String,
    pub(in crate::rpc) secret: String,
    pub(in crate::rpc) grants: Vec<Grant>,
    /// Slug or id.
    pub(in crate::rpc) region: Option<String>,
}

pub(in crate::rpc) fn issue_service_token(msg: &pb::IssueServiceTokenRequest) -> Result<ServiceToken> {
    let mut fields = Fields::new();
    let client = code(&mut fields, "client", &msg.client, (1, 40), true);
    let secret = fields.text("secret", &msg.secret, MAX_SECRET);
    let grants = if msg.roles.is_empty() {
        Some(vec![Grant { role: Role::Service, organisation: None }])
    } else {
        grants(&mut fields, "roles", &msg.roles, |_| true)
    };
    let is_id = msg.region.parse::<RegionId>().is_ok();
    let region = (!msg.region.is_empty()).then(|| match is_id {
        true => Some(msg.region.clone()),
        false => code(&mut fields, "region", &msg.region, (2, 40), false),
    });
    if region.is_none() && grants.iter().flatten().any(|grant| !is_regionless(grant.role)) {
        fields.violation("region", "is required with a role other than service and platform admin (D21)");
    }
    let token = || Some(ServiceToken { client: client?, secret: secret?, grants: grants?, region: region.flatten() });
    fields.finish_with(token())
}

pub(in crate::rpc) fn sign_in(msg: &pb::SignInRequest) -> Result<String> {
    let mut fields = Fields::new();
    let id_token = fields.text("id_token", &msg.id_token, MAX_ID_TOKEN);
    fields.finish_with(id_token)
}

/// The code is absent when it can be none: to who types it, that is a wrong code like any other.
pub(in crate::rpc) fn redeem_invitation(msg: &pb::RedeemInvitationRequest) -> Result<(String, Option<InvitationCode>)> {
    let mut fields = Fields::new();
    let id_token = fields.text("id_token", &msg.id_token, MAX_ID_TOKEN);
    let code = fields.text("code", &msg.code, 40);
    fields.finish_with(id_token.zip(code)).map(|(id_token, code)| (id_token, InvitationCode::parse(&code)))
}

pub(in crate::rpc) fn session_secret(secret: &str) -> Result<String> {
    let mut fields = Fields::new();
    let secret = fields.text("secret", secret, MAX_SECRET);
    fields.finish_with(secret)
}

pub(in crate::rpc) fn create_user(msg: &pb::CreateUserRequest) -> Result<((NewUser, Option<Identity>), Uuid)> {
    let mut fields = Fields::new();
    let new = message(&mut fields, "user", msg.user.as_ref()).and_then(|user| new_user(&mut fields, user));
    let identity = msg.identity.as_ref().and_then(|identity| {
        let issuer = fields.text("identity.issuer", &identity.issuer, 300);
        // OpenID Connect Core 2: a subject has at most 255 characters.
        let subject = fields.text("identity.subject", &identity.subject, 255);
        Some(Identity { issuer: issuer?, subject: subject? })
    });
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(new.zip(request_id)).map(|(new, request_id)| ((new, identity), request_id))
}

pub(in crate::rpc) fn invite_again(msg: &pb::InviteAgainRequest) -> Result<(Who, Uuid)> {
    let mut fields = Fields::new();
    let who = who(&mut fields, &msg.user, &msg.worker);
    if msg.user.is_empty() && msg.worker.is_empty() {
        fields.violation("user", "is required, or worker is");
    }
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(who.zip(request_id))
}

/// `None` is the caller.
pub(in crate::rpc) fn end_sessions(msg: &pb::EndSessionsRequest) -> Result<(Ending, Uuid)> {
    let mut fields = Fields::new();
    let who = who(&mut fields, &msg.user, &msg.worker);
    let own = (!msg.session.is_empty()).then(|| {
        if !msg.user.is_empty() || !msg.worker.is_empty() {
            fields.violation("session", "must be empty beside user and worker");
        }
        let session = Uuid::try_parse(&msg.session).ok().filter(|id| sid(*id) == msg.session);
        session.or_else(|| {
            fields.violation("session", "is not an id of a session: expected 32 hexadecimal digits");
            None
        })
    });
    let request_id = fields.request_id(&msg.request_id);
    let ending = match own {
        Some(session) => session.map(Ending::Own),
        None => Some(Ending::All(who)),
    };
    fields.finish_with(ending.zip(request_id))
}

pub(in crate::rpc) fn open_session(session: &Session, current: Option<&str>) -> pb::OpenSession {
    pb::OpenSession {
        id: sid(session.id),
        since: Some(session.created_at.to_proto()),
        last_used: Some(session.used_at.to_proto()),
        expires_at: Some(session.expires_at.to_proto()),
        current: current == Some(sid(session.id).as_str()),
    }
}

fn who(fields: &mut Fields, user: &str, worker: &str) -> Option<Who> {
    let user = fields.optional_id("user", user).map(Who::User);
    let by_worker = fields.optional_id("worker", worker).map(Who::Worker);
    if user.is_some() && by_worker.is_some() {
        fields.violation("worker", "must be empty beside user");
    }
    user.or(by_worker)
}

pub(in crate::rpc) fn list_revocations(msg: &pb::ListRevocationsRequest) -> Result<Page<ByEnd>> {
    let mut fields = Fields::new();
    let page = page(&mut fields, msg.page_size, &msg.page_token, "revocations");
    fields.finish_with(page)
}

pub(in crate::rpc) fn revocation((session, until): &(Uuid, Timestamp)) -> pb::Revocation {
    pb::Revocation { session: sid(*session), until: Some(until.to_proto()) }
}

fn new_user(fields: &mut Fields, msg: &pb::User) -> Option<NewUser> {
    fields.output_only("user.id", msg.id.is_empty());
    fields.output_only("user.region", msg.region.is_empty());
    let display_name = open_text(fields, "user.display_name", &msg.display_name, 120);
    let grants = grants(fields, "user.roles", &msg.roles, is_for_people);
    let worker = fields.optional_id("user.worker", &msg.worker);
    let is_worker = grants.iter().flatten().any(|grant| grant.role == Role::Worker);
    match (is_worker, msg.worker.is_empty()) {
        (true, true) => fields.violation("user.worker", "is required with the role worker"),
        (false, false) if grants.is_some() => fields.violation("user.worker", "is only for the role worker"),
        _ => {}
    }
    Some(NewUser { display_name: display_name?, grants: grants?, worker })
}

fn grants(fields: &mut Fields, path: &str, messages: &[pb::RoleGrant], allowed: impl Fn(Role) -> bool) -> Option<Vec<Grant>> {
    if !(1..=MAX_ROLES).contains(&messages.len()) {
        fields.violation(path, format!("is not 1 to {MAX_ROLES} roles"));
        return None;
    }
    let mut grants: Vec<Grant> = Vec::new();
    for (n, msg) in messages.iter().enumerate() {
        let Some(grant) = grant(fields, &format!("{path}[{n}]"), msg, &allowed) else { continue };
        if grants.contains(&grant) {
            fields.violation(format!("{path}[{n}]"), "is there twice");
        }
        grants.push(grant);
    }
    (grants.len() == messages.len()).then_some(grants)
}

fn grant(fields: &mut Fields, path: &str, msg: &pb::RoleGrant, allowed: impl Fn(Role) -> bool) -> Option<Grant> {
    let role = choice(fields, &format!("{path}.role"), msg.role, role_from_number);
    let field = format!("{path}.organisation");
    let organisation = fields.optional_id(&field, &msg.organisation);
    let role = role?;
    if !allowed(role) {
        fields.violation(format!("{path}.role"), "is not for people: only the secret of the installation gives it");
        return None;
    }
    match (scope(role), msg.organisation.is_empty()) {
        (Scope::Organisation, true) => fields.violation(field, "is required for this role"),
        (Scope::Region, false) => fields.violation(field, "must be empty: this role is for the whole region"),
        _ => return (organisation.is_some() || msg.organisation.is_empty()).then_some(Grant { role, organisation }),
    }
    None
}

fn role_from_number(number: i32) -> Option<Role> {
    Role::ALL.iter().copied().find(|role| i32::from(role_to_proto(*role)) == number)
}

/// The contract's name for a role.
pub fn role_to_proto(role: Role) -> pb::Role {
    match role {
        Role::Worker => pb::Role::Worker,
        Role::Candidate => pb::Role::Candidate,
        Role::Planner => pb::Role::Planner,
        Role::WardLead => pb::Role::WardLead,
        Role::Hr => pb::Role::Hr,
        Role::CaseManager => pb::Role::CaseManager,
        Role::OccupationalPhysician => pb::Role::OccupationalPhysician,
        Role::Coach => pb::Role::Coach,
        Role::Operator => pb::Role::Operator,
        Role::Finance => pb::Role::Finance,
        Role::Auditor => pb::Role::Auditor,
        Role::PlatformAdmin => pb::Role::PlatformAdmin,
        Role::Service => pb::Role::Service,
    }
}

pub(in crate::rpc) fn user(known: &Known) -> pb::User {
    let about = &known.user.about;
    let grant = |grant: &Grant| pb::RoleGrant {
        role: role_to_proto(grant.role).into(),
        organisation: grant.organisation.map(|id| id.to_string()).unwrap_or_default(),
    };
    pb::User {
        id: known.user.id.to_string(),
        display_name: about.display_name.clone(),
        roles: about.grants.iter().map(grant).collect(),
        worker: about.worker.map(|id| id.to_string()).unwrap_or_default(),
        region: known.region.about.slug.clone(),
    }
}

pub(in crate::rpc) fn session(known: &Known, secret: String, token: String, token_expires_at: Timestamp) -> pb::Session {
    pb::Session { secret, token, token_expires_at: Some(token_expires_at.to_proto()), user: Some(user(known)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        agreement::Basis,
        organisation::Branch,
        worker::{EmploymentKind, FunctionLevel},
    };

    /// `CaseManager` as the contract writes it: `CASE_MANAGER`.
    fn screaming(name: &str) -> String {
        let mut text = String::new();
        for letter in name.chars() {
            if letter.is_uppercase() && !text.is_empty() {
                text.push('_');
            }
            text.push(letter.to_ascii_uppercase());
        }
        text
    }

    #[test]
    fn the_domain_has_the_values_of_the_contract_under_the_same_numbers() {
        for number in 0..=20 {
            let ours = |name: Option<String>| name.map(|name| screaming(&name));
            let role = role_from_number(number);
            let theirs =
                |name: Option<&str>, prefix: &str| name.map(|n| n.trim_start_matches(prefix).to_owned()).filter(|n| n != "UNSPECIFIED");
            let check = |ours: Option<String>, theirs: Option<String>| assert_eq!(ours, theirs, "{number}");
            check(
                ours(role.map(|role| format!("{role:?}"))),
                theirs(pb::Role::try_from(number).ok().map(|role| role.as_str_name()), "ROLE_"),
            );
            check(
                ours(Branch::from_number(number).map(|branch| format!("{branch:?}"))),
                theirs(pb::Branch::try_from(number).ok().map(|branch| branch.as_str_name()), "BRANCH_"),
            );
            check(
                ours(Basis::from_number(number).map(|basis| format!("{basis:?}"))),
                theirs(pb::Basis::try_from(number).ok().map(|basis| basis.as_str_name()), "BASIS_"),
            );
            check(
                ours(FunctionLevel::from_number(number).map(|level| format!("{level:?}"))),
                theirs(pb::FunctionLevel::try_from(number).ok().map(|level| level.as_str_name()), "FUNCTION_LEVEL_"),
            );
            check(
                ours(EmploymentKind::from_number(number).map(|kind| format!("{kind:?}"))),
                theirs(pb::EmploymentKind::try_from(number).ok().map(|kind| kind.as_str_name()), "EMPLOYMENT_KIND_"),
            );
        }
    }
}
