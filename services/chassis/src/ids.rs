//! The ids of everything that has one: a newtype each, a UUID inside, a prefix on the wire (D22).
//!
//! `shf_0198c0de…` on the wire is checked on parse, so a ward's id cannot stand where a shift's is meant. Ids that an event log
//! may show next to a person are random (v4), so that they tell nothing about when somebody came; all others carry their time (v7),
//! which keeps indexes dense.

use std::{fmt, str::FromStr};

use uuid::Uuid;

/// A text that is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {prefix}_ followed by 32 hexadecimal digits")]
pub struct InvalidId {
    /// The prefix that the id should have.
    pub prefix: &'static str,
}

fn parse(prefix: &'static str, text: &str) -> Result<Uuid, InvalidId> {
    text.strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        .filter(|digits| digits.len() == 32 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
        .and_then(|digits| Uuid::try_parse(digits).ok())
        .ok_or(InvalidId { prefix })
}

/// A new random UUID (v4).
#[expect(clippy::disallowed_methods, reason = "the one place where random ids are made")]
pub fn random_uuid() -> Uuid {
    Uuid::new_v4()
}

/// A new UUID that leads with the time (v7).
#[expect(clippy::disallowed_methods, reason = "the one place where timed ids are made")]
pub fn timed_uuid() -> Uuid {
    Uuid::now_v7()
}

macro_rules! id {
    ($(#[doc = $doc:literal] $name:ident $prefix:literal $make:ident;)*) => { $(
        #[doc = $doc]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, sea_orm::DeriveValueType)]
        pub struct $name(pub Uuid);

        impl $name {
            /// What the id begins with on the wire.
            pub const PREFIX: &'static str = $prefix;

            /// A new id.
            #[allow(clippy::new_without_default, reason = "every call gives another value")]
            pub fn new() -> Self {
                Self($make())
            }
        }

        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                Err(sea_orm::DbErr::ConvertFromU64(stringify!($name)))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0.simple())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                parse($prefix, text).map(Self)
            }
        }
    )* };
}

id! {
    /// A region of the installation; leads every key (D21).
    RegionId "reg" timed_uuid;
    /// An employer that takes part.
    OrganisationId "org" timed_uuid;
    /// A team or department where work is done.
    WardId "wrd" timed_uuid;
    /// A building or place where an organisation works.
    LocationId "loc" timed_uuid;
    /// Organisations that share shifts.
    PoolId "pol" timed_uuid;
    /// What an organisation agreed to.
    AgreementId "agr" timed_uuid;
    /// A person who works at members; random (D6, D22).
    WorkerId "wrk" random_uuid;
    /// A worker's contract with one organisation.
    EmploymentId "emp" timed_uuid;
    /// A skill in a worker's portfolio.
    CompetenceId "cmp" timed_uuid;
    /// A time in which a worker cannot work.
    UnavailabilityId "una" timed_uuid;
    /// What a worker's roster must keep to.
    ScheduleConstraintId "sct" timed_uuid;
    /// Something that somebody is told.
    MessageId "msg" timed_uuid;
    /// What a worker agreed to.
    ConsentId "cns" timed_uuid;
    /// Two workers who may be one person.
    LinkProposalId "lnk" timed_uuid;
    /// Somebody who can sign in; random.
    UserId "usr" random_uuid;
    /// An open shift.
    ShiftId "shf" timed_uuid;
    /// A worker on a shift.
    ClaimId "clm" timed_uuid;
    /// A response that held data of people (D17).
    FileReadId "frd" timed_uuid;
    /// A claim that no longer fits what is known.
    ConflictId "cfl" timed_uuid;
    /// A worker who waits for a place on a shift.
    WaitId "wai" timed_uuid;
    /// Time at which somebody works outside claims.
    WorkBlockId "blk" timed_uuid;
    /// An event in a log.
    EventId "evt" timed_uuid;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_the_wire_and_no_other_kind_passes() {
        let shift = ShiftId::new();
        assert_eq!(shift.to_string().parse(), Ok(shift));
        assert_eq!(shift.to_string().parse::<WardId>(), Err(InvalidId { prefix: "wrd" }));
        for bad in ["", "shf_", "shf_xyz", &shift.to_string().to_uppercase(), &format!("{shift} "), &shift.0.to_string()] {
            assert_eq!(bad.parse::<ShiftId>(), Err(InvalidId { prefix: "shf" }), "{bad}");
        }
    }
}
