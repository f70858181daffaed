//! Regions, users and the ways in: invitations and sessions (D14).

use std::time::Duration;

use chassis::{
    caller::{Grant, Role},
    ids::{OrganisationId, RegionId, UserId, WorkerId},
    time::Timestamp,
};

/// How long an invitation can be redeemed, business time.
pub const INVITATION_TTL: Duration = Duration::from_secs(30 * 24 * 3600);
/// So many invitation codes one identity may try at once; every one is counted, right or wrong.
pub const CODE_TRIES: u32 = 20;
/// After them a further try is earned in this time, real time.
pub const CODE_TRY_EVERY: Duration = Duration::from_secs(60);
/// How long a session lives, real time.
pub const SESSION_TTL: Duration = Duration::from_secs(30 * 24 * 3600);
/// How long an internal token lives, real time (D14).
pub const TOKEN_TTL: Duration = Duration::from_secs(10 * 60);

/// What a platform admin says about a new region.
#[derive(Debug, Clone)]
pub struct NewRegion {
    /// Short name for addresses, unique over the installation.
    pub slug: String,
    /// Name.
    pub name: String,
}

/// A region of the installation.
#[derive(Debug, Clone)]
pub struct Region {
    /// Its id, which leads every key (D21).
    pub id: RegionId,
    /// Its content.
    pub about: NewRegion,
}

/// Who somebody is at an identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The provider.
    pub issuer: String,
    /// The person there.
    pub subject: String,
}

/// What is said about a new user.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// What pages call the person.
    pub display_name: String,
    /// The roles, at least one.
    pub grants: Vec<Grant>,
    /// The worker that the user is; there exactly when a role is `worker`.
    pub worker: Option<WorkerId>,
}

/// Somebody who can sign in, or will be when the invitation is redeemed.
#[derive(Debug, Clone)]
pub struct User {
    /// The region: a user belongs to one.
    pub region: RegionId,
    /// Its id.
    pub id: UserId,
    /// Its content.
    pub about: NewUser,
}

/// How a request names a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// By its id.
    User(UserId),
    /// By the worker that the user is.
    Worker(WorkerId),
}

/// Where a role can be granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Within one organisation only.
    Organisation,
    /// In the whole region only.
    Region,
    /// Either.
    Both,
}

/// Where the role can be granted. A role of an organisation without one would reach over all of them.
pub fn scope(role: Role) -> Scope {
    match role {
        Role::Planner | Role::WardLead | Role::Hr | Role::Finance => Scope::Organisation,
        Role::CaseManager | Role::OccupationalPhysician | Role::Coach => Scope::Both,
        Role::Worker | Role::Candidate | Role::Operator | Role::Auditor | Role::PlatformAdmin | Role::Service => Scope::Region,
    }
}

/// Whether a person can hold the role. Those of the installation come only with its secret: an operator must not reach beyond the own
/// region by granting them.
pub fn is_for_people(role: Role) -> bool {
    !matches!(role, Role::PlatformAdmin | Role::Service)
}

/// Whether the role exists outside every region.
pub fn is_regionless(role: Role) -> bool {
    matches!(role, Role::PlatformAdmin | Role::Service)
}

/// The organisations that grants name.
pub fn organisations(grants: &[Grant]) -> Vec<OrganisationId> {
    grants.iter().filter_map(|grant| grant.organisation).collect()
}

/// The letters of an invitation code: none that is read for another.
const CODE_LETTERS: &[u8; 30] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_LENGTH: usize = 12;

/// An invitation code without its hyphens: 12 letters, about 58 bits.
#[derive(Clone, PartialEq, Eq)]
pub struct InvitationCode(String);

impl InvitationCode {
    /// The code that these bytes of chance say.
    pub fn from_entropy(entropy: [u8; 16]) -> Self {
        let mut rest = u128::from_be_bytes(entropy);
        let mut text = String::with_capacity(CODE_LENGTH);
        for _ in 0..CODE_LENGTH {
            let letter = usize::try_from(rest % 30).unwrap_or_default();
            text.push(char::from(CODE_LETTERS[letter]));
            rest /= 30;
        }
        Self(text)
    }

    /// As somebody types it: case, hyphens and blanks do not matter. `None` for what can be no code.
    pub fn parse(typed: &str) -> Option<Self> {
        let text: String = typed.chars().filter(|c| *c != '-' && !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
        let good = text.len() == CODE_LENGTH && text.bytes().all(|byte| CODE_LETTERS.contains(&byte));
        good.then_some(Self(text))
    }

    /// As shown: `XXXX-XXXX-XXXX`.
    pub fn shown(&self) -> String {
        format!("{}-{}-{}", &self.0[..4], &self.0[4..8], &self.0[8..])
    }

    /// The bytes that are hashed.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl std::fmt::Debug for InvitationCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

/// A session, with which its holder gets new tokens.
#[derive(Debug, Clone)]
pub struct Session {
    /// Names it in tokens.
    pub id: uuid::Uuid,
    /// Whose it is.
    pub user: UserId,
    /// The user's region.
    pub region: RegionId,
    /// Hash of the secret that its holder has.
    pub secret_hash: Vec<u8>,
    /// When it began, real time.
    pub created_at: Timestamp,
    /// When it was last renewed, real time; at first, when it began.
    pub used_at: Timestamp,
    /// When it ends by itself, real time.
    pub expires_at: Timestamp,
}

/// Which sessions are to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// All of this user, or of the caller.
    All(Option<Who>),
    /// This one of the caller's own.
    Own(uuid::Uuid),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_survives_how_people_type_it() {
        let code = InvitationCode::from_entropy([7; 16]);
        let shown = code.shown();
        assert_eq!(shown.len(), 14);
        for typed in [shown.clone(), shown.to_lowercase(), shown.replace('-', ""), shown.replace('-', " "), format!(" {shown} ")] {
            assert_eq!(InvitationCode::parse(&typed), Some(code.clone()), "{typed}");
        }
        let with = |from: char, to: char| shown.replacen(from, &to.to_string(), 1);
        let first = shown.chars().next().expect("a letter");
        for typed in [String::new(), shown[1..].to_owned(), format!("{shown}2"), with(first, 'O'), with(first, '0'), with(first, 'é')] {
            assert_eq!(InvitationCode::parse(&typed), None, "{typed}");
        }
        assert_eq!(format!("{code:?}"), "…");
    }

    #[test]
    fn different_chance_gives_different_codes() {
        let codes: std::collections::HashSet<String> = (0..=255).map(|byte| InvitationCode::from_entropy([byte; 16]).shown()).collect();
        assert_eq!(codes.len(), 256);
    }

    #[test]
    fn roles_of_an_organisation_are_never_granted_over_all() {
        for role in [Role::Planner, Role::WardLead, Role::Hr, Role::Finance] {
            assert_eq!(scope(role), Scope::Organisation, "{role}");
        }
        for role in Role::ALL {
            assert_eq!(is_for_people(*role), !is_regionless(*role), "{role}");
        }
    }
}
