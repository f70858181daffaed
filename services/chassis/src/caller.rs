//! Who calls, and the call as every use case sees it.

use std::{fmt, str::FromStr};

use crate::{
    error::{Error, Result},
    ids::{OrganisationId, RegionId, UserId, WorkerId},
    scope::Scope,
    time::Timestamp,
};

macro_rules! roles {
    ($($(#[doc = $doc:literal])* $name:ident $text:literal;)*) => {
        /// What somebody may do (D14). The proto `Role` of members has the same values.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Role { $($(#[doc = $doc])* $name,)* }

        impl Role {
            /// Every role.
            pub const ALL: &'static [Role] = &[$(Role::$name,)*];

            /// As in tokens and on the command line: `case-manager`.
            pub fn as_str(self) -> &'static str {
                match self { $(Role::$name => $text,)* }
            }
        }

        impl FromStr for Role {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text { $($text => Ok(Role::$name),)* _ => Err(format!("no role: expected one of {}", [$($text),*].join(", "))) }
            }
        }
    };
}

roles! {
    /// Works at a member; sees and claims shifts.
    Worker "worker";
    /// No employment yet.
    Candidate "candidate";
    /// Publishes and follows the shifts of an organisation.
    Planner "planner";
    /// Leads a ward.
    WardLead "ward-lead";
    /// Personnel of an organisation.
    Hr "hr";
    /// Guides reintegration cases.
    CaseManager "case-manager";
    /// Judges capacity.
    OccupationalPhysician "occupational-physician";
    /// Independent regional coach.
    Coach "coach";
    /// Runs the region.
    Operator "operator";
    /// Settles.
    Finance "finance";
    /// Checks who saw what.
    Auditor "auditor";
    /// Runs the installation.
    PlatformAdmin "platform-admin";
    /// Another service of Regiopool.
    Service "service";
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A role, in the whole region or within one organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// The organisation it is limited to.
    pub organisation: Option<OrganisationId>,
}

/// Who the token names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A person.
    User(UserId),
    /// A service or a command-line client, by name.
    Client(String),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => id.fmt(f),
            Self::Client(name) => write!(f, "client:{name}"),
        }
    }
}

/// Who calls, as the checked token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who it is; with the region the key under which request ids are kept.
    pub subject: Subject,
    /// The region; only platform admins and services may have none.
    pub region: Option<RegionId>,
    /// The roles.
    pub grants: Vec<Grant>,
    /// The worker that the user is.
    pub worker: Option<WorkerId>,
}

impl Caller {
    /// Whether the caller has the role anywhere.
    pub fn has(&self, role: Role) -> bool {
        self.grants.iter().any(|grant| grant.role == role)
    }

    /// Whether the caller has one of the roles for this organisation: granted there or, for operators and services, in the region.
    pub fn acts_for(&self, organisation: OrganisationId, roles: &[Role]) -> bool {
        self.grants.iter().any(|grant| roles.contains(&grant.role) && grant.organisation.is_none_or(|own| own == organisation))
    }
}

/// One call: who, where and when, taken once at the door.
#[derive(Debug, Clone)]
pub struct Call {
    /// Who calls.
    pub caller: Caller,
    /// How far the call reaches, as the access table says: to be asked about whatever belongs to an organisation or a person.
    pub scope: Scope,
    /// The caller's region; every query is bound to it (D21).
    pub region: RegionId,
    /// Business time of the call.
    pub now: Timestamp,
}

impl Call {
    /// The worker that the caller is, or `Forbidden`.
    pub fn worker(&self) -> Result<WorkerId> {
        self.scope.person().ok_or(Error::Forbidden)
    }
}
