//! How far callers reach: right requests about what belongs to somebody, as those to whom it belongs and as everybody else.

use std::collections::{BTreeSet, HashMap};

use chassis::{
    auth::{Access, Reach, Who},
    caller::{Caller, Grant, Role, Subject},
    frame::Peer,
    ids::{OrganisationId, UserId, WorkerId},
};
use prost::Message;
use tonic::{Code, Status};

use super::{call, raw::streams, told};
use crate::{reason, region::Region};

/// A call that names something of somebody's.
#[derive(Debug, Clone)]
pub struct Probe {
    method: &'static str,
    message: Vec<u8>,
    only: Option<Role>,
    once: bool,
    instead: Option<&'static str>,
}

impl Probe {
    /// Of this method with this message, which should be right for those to whom it belongs.
    pub fn new(method: &'static str, message: &impl Message) -> Self {
        Self { method, message: message.encode_to_vec(), only: None, once: false, instead: None }
    }

    /// The RPC.
    pub fn method(&self) -> &'static str {
        self.method
    }

    /// To be tried by this role alone, where others of the table may never ask for this much.
    #[must_use]
    pub fn only(self, role: Role) -> Self {
        Self { only: Some(role), ..self }
    }

    /// Takes away what it names: of those to whom it belongs, only the first is let in.
    #[must_use]
    pub fn once(self) -> Self {
        Self { once: true, ..self }
    }

    /// Others of the region are told this reason instead of `NOT_FOUND`, by a decision of the service that gives nothing away.
    #[must_use]
    pub fn instead(self, reason: &'static str) -> Self {
        Self { instead: Some(reason), ..self }
    }
}

/// An organisation with one of its people, and everything by which it could be recognised.
#[derive(Debug, Clone)]
pub struct Side<'a> {
    /// Where it is.
    pub region: &'a Region,
    /// The organisation.
    pub organisation: OrganisationId,
    /// The person.
    pub worker: WorkerId,
    /// The person's user.
    pub user: UserId,
    /// The ids of what the organisation has; on every side of a test the same kinds in the same order.
    pub ids: Vec<String>,
    /// Those of them that are the person's own.
    pub personal: Vec<String>,
    /// Names that others must not read.
    pub names: Vec<String>,
}

impl Side<'_> {
    /// Somebody of this side with the role, as far as the reach needs it.
    pub(super) fn token(&self, role: Role, reach: Reach) -> String {
        let person = reach == Reach::Person;
        let subject = Subject::User(if person { self.user } else { UserId::new() });
        let grants = vec![Grant { role, organisation: (reach == Reach::Own).then_some(self.organisation) }];
        self.region.sign(&Caller { subject, region: Some(self.region.id), grants, worker: person.then_some(self.worker) })
    }
}

/// What lies between those who ask and that of which they ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beyond {
    /// They are of another region.
    Region,
    /// They are of another organisation of the region, which shares nothing with this one.
    Organisation,
    /// They are another person of the organisation.
    Person,
}

impl Beyond {
    /// Whether a role that reaches so far does not reach over it.
    pub(super) fn bounds(self, reach: Reach) -> bool {
        reach
            <= match self {
                Self::Region => Reach::Region,
                Self::Organisation => Reach::Own,
                Self::Person => Reach::Person,
            }
    }
}

/// Methods of the table that look at something that not everybody may know of, and that no probe tries. `apart` names those that need
/// none, each for a reason of its own; streams are listened to instead ([`listen`](super::listen)).
pub fn untried(table: &[Access], probes: &[Probe], apart: &[&str]) -> Vec<&'static str> {
    let tried: BTreeSet<&str> = probes.iter().map(|probe| probe.method).chain(apart.iter().copied()).collect();
    let bound =
        |who: Who| who != Who::Open && Role::ALL.iter().any(|role| who.reach(*role).is_some_and(|reach| reach < Reach::Installation));
    table.iter().filter(|row| bound(row.who) && !streams(row.method) && !tried.contains(row.method)).map(|row| row.method).collect()
}

/// The roles that may call the probe's method, with how far each reaches.
fn callers(table: &[Access], probe: &Probe) -> Vec<(Role, Reach)> {
    let who = table.iter().find(|row| row.method == probe.method).map(|row| row.who).filter(|who| *who != Who::Open);
    let roles = Role::ALL.iter().filter(|role| probe.only.is_none_or(|only| only == **role));
    roles.filter_map(|role| Some((*role, who?.reach(*role)?))).collect()
}

/// A right message for each method that has a probe.
pub fn right(probes: &[Probe]) -> HashMap<&'static str, Vec<u8>> {
    // The first one counts: it asks for the most usual.
    probes.iter().rev().map(|probe| (probe.method, probe.message.clone())).collect()
}

/// The token of somebody of this side whom the table lets in, and who reaches furthest; `None` where nobody needs one.
pub fn furthest(table: &[Access], method: &str, own: &Side<'_>) -> Option<String> {
    let who = table.iter().find(|row| row.method == method).map(|row| row.who).filter(|who| *who != Who::Open)?;
    let reaches = Role::ALL.iter().filter_map(|role| Some((*role, who.reach(*role)?)));
    reaches.max_by_key(|(_, reach)| *reach).map(|(role, reach)| own.token(role, reach))
}

/// Makes the calls as every role of the side to which everything belongs, and gives what was not let in: whatever comes but an answer or a
/// decision of the service. A call that was refused for its form tried nothing, and is among them.
pub async fn shut_out(peer: &Peer, table: &[Access], probes: &[Probe], own: &Side<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for probe in probes {
        for (role, reach) in callers(table, probe).into_iter().take(if probe.once { 1 } else { usize::MAX }) {
            let answer = call(peer.clone(), probe.method, probe.message.clone(), Some(&own.token(role, reach))).await;
            let let_in = match &answer {
                Ok(_) => true,
                Err(status) => matches!(status.code(), Code::FailedPrecondition | Code::AlreadyExists),
            };
            if !let_in {
                found.push(format!("{} as {role}, who reaches it: {}", probe.method, told(&answer)));
            }
        }
    }
    found
}

/// Makes the calls about `of` as every role of `by` that does not reach over what lies between, and gives what told that the things exist:
/// anything but `NOT_FOUND`, an answer that names none of them, or the refusal that ids get which exist nowhere. Where a call names
/// several things, each of them is also tried alone among things of the caller's own.
pub async fn leaks(peer: &Peer, table: &[Access], probes: &[Probe], by: &Side<'_>, of: &Side<'_>, between: Beyond) -> Vec<String> {
    let (ids, names) = if between == Beyond::Person { (&of.personal, &[][..]) } else { (&of.ids, &of.names[..]) };
    let hidden: Vec<&String> = ids.iter().chain(names).collect();
    let mut found = Vec::new();
    for probe in probes {
        let callers = callers(table, probe);
        if callers.is_empty() {
            found.push(format!("{}: none of the callers may call it", probe.method));
        }
        for (role, reach) in callers.into_iter().filter(|(_, reach)| between.bounds(*reach)) {
            let token = by.token(role, reach);
            let ask = async |message: Vec<u8>| call(peer.clone(), probe.method, message, Some(&token)).await;
            for message in variants(&probe.message, by, of) {
                let answer = ask(message.clone()).await;
                let silent = match &answer {
                    Ok(bytes) => hidden.iter().all(|id| places(bytes, id).is_empty()),
                    Err(status) => match status.code() {
                        Code::NotFound => true,
                        Code::FailedPrecondition | Code::InvalidArgument => {
                            probe.instead.is_some_and(|instead| between == Beyond::Organisation && reason(status) == instead)
                                || told(&ask(invented(&message, ids)).await) == told(&answer)
                        }
                        _ => false,
                    },
                };
                if !silent && names_hidden(&message, &hidden, &answer) {
                    found.push(format!("{} as {role} beyond {between:?}: {}", probe.method, told(&answer)));
                }
            }
        }
    }
    found
}

/// Whether an answer can tell anything of what is hidden: an answer by itself, a refusal only when it was asked for by name.
fn names_hidden(message: &[u8], hidden: &[&String], answer: &Result<Vec<u8>, Status>) -> bool {
    answer.is_ok() || hidden.iter().any(|id| !places(message, id).is_empty())
}

/// The message, and for each of several things that it names the message in which only that one is not the caller's own.
fn variants(message: &[u8], by: &Side<'_>, of: &Side<'_>) -> Vec<Vec<u8>> {
    let pairs: Vec<(&String, &String)> = of.ids.iter().zip(&by.ids).filter(|(theirs, own)| theirs != own).collect();
    let named: Vec<_> = pairs.iter().filter(|(theirs, _)| !places(message, theirs).is_empty()).collect();
    let mut variants = vec![message.to_vec()];
    if named.len() > 1 {
        for (kept, _) in &named {
            let replaced = named.iter().filter(|(theirs, _)| theirs != kept);
            variants.push(replaced.fold(message.to_vec(), |message, (theirs, own)| replace(message, theirs, own)));
        }
    }
    variants
}

/// Where an id stands in a message.
pub(super) fn places(message: &[u8], id: &str) -> Vec<usize> {
    message.windows(id.len()).enumerate().filter(|(_, part)| *part == id.as_bytes()).map(|(place, _)| place).collect()
}

/// The message with another id, of the same kind and so as long, that the rest stays what it was.
fn replace(mut message: Vec<u8>, id: &str, by: &str) -> Vec<u8> {
    assert_eq!(id.len(), by.len(), "ids of one kind");
    for place in places(&message, id) {
        message[place..place + id.len()].copy_from_slice(by.as_bytes());
    }
    message
}

/// The same message with ids that exist nowhere.
fn invented(message: &[u8], ids: &[String]) -> Vec<u8> {
    ids.iter().fold(message.to_vec(), |message, id| {
        let digits = chassis::ids::random_uuid().simple().to_string();
        let other = format!("{}{digits}", &id[..id.len() - digits.len()]);
        replace(message, id, &other)
    })
}

#[cfg(test)]
mod tests {
    use chassis::ids::WardId;
    use proto::flexpool::PublishShiftRequest;

    use super::*;

    #[test]
    fn invented_ids_stand_where_the_real_ones_stood() {
        let ids = [WardId::new().to_string(), WardId::new().to_string()];
        let real = PublishShiftRequest { ward: ids[0].clone(), pool: "pool".to_owned(), places: 3, ..Default::default() };
        let other = PublishShiftRequest::decode(&*invented(&real.encode_to_vec(), &ids)).expect("a message");
        assert!(other.ward.parse::<WardId>().is_ok() && other.ward != real.ward, "{}", other.ward);
        assert_eq!(PublishShiftRequest { ward: real.ward.clone(), ..other }, real);
    }

    #[test]
    fn what_lies_between_bounds_those_who_reach_less_far() {
        for (between, bound) in [(Beyond::Person, 1), (Beyond::Organisation, 2), (Beyond::Region, 3)] {
            let reaches = [Reach::Person, Reach::Own, Reach::Region, Reach::Installation];
            assert_eq!(reaches.iter().filter(|reach| between.bounds(**reach)).count(), bound, "{between:?}");
        }
    }
}
