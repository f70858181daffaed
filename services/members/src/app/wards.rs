//! Locations and wards. Where an organisation works is public within the region; who leads a ward its own staff see.

use bus::log;
use chassis::{
    caller::{Call, Role},
    error::{Error, Result},
    ids::{LocationId, OrganisationId, RegionId, WardId},
    page::Page,
};
use proto::members::Reason;
use sea_orm::ConnectionTrait;

use crate::{
    domain::{
        place,
        ward::{Lead, Location, NewLocation, NewWard, Site, Ward, WardEdit},
    },
    events,
    store::{
        employments,
        organisations::{self, ByName},
        refusal, users, wards as store, workers,
    },
};

/// Who says more of a ward than what its card does.
const KEEPERS: &[Role] = &[Role::Operator, Role::Hr];
/// Who sees who leads a ward.
const STAFF: &[Role] = &[Role::Operator, Role::Hr, Role::Planner, Role::WardLead];

pub(crate) async fn create_location(txn: &impl ConnectionTrait, call: &Call, new: NewLocation) -> Result<Location> {
    call.scope.organisation(new.organisation, "organisation")?;
    organisations::require(txn, call.region, new.organisation).await?;
    make_location(txn, call, new).await
}

async fn make_location(txn: &impl ConnectionTrait, call: &Call, new: NewLocation) -> Result<Location> {
    let location = Location { id: LocationId::new(), about: new, version: 1 };
    store::insert_location(txn, call.region, call.now, &location).await?;
    log::append(txn, call.region, call.now, location.id.0, &events::location_created(&location)).await?;
    Ok(location)
}

/// Changes name and postcode, absent ones stay, of what was read as `version`.
pub(crate) async fn update_location(
    txn: &impl ConnectionTrait,
    call: &Call,
    id: LocationId,
    version: i64,
    (name, postcode): (Option<String>, Option<String>),
) -> Result<Location> {
    let not_found = || Error::NotFound("location");
    let location = store::lock_location(txn, call.region, id).await?.ok_or_else(not_found)?;
    call.scope.organisation(location.about.organisation, "location")?;
    current(location.version, version)?;
    let mut about = location.about.clone();
    about.name = name.unwrap_or(about.name);
    about.postcode = postcode.unwrap_or(about.postcode);
    if about == location.about {
        return Ok(location);
    }
    let changed = Location { about, version: location.version + 1, ..location };
    store::update_location(txn, call.region, &changed).await?;
    log::append(txn, call.region, call.now, id.0, &events::location_updated(&changed)).await?;
    Ok(changed)
}

pub(crate) async fn list_locations(
    db: &impl ConnectionTrait,
    call: &Call,
    organisation: Option<OrganisationId>,
    page: &Page<ByName>,
) -> Result<(Vec<Location>, String)> {
    if let Some(organisation) = organisation {
        organisations::require(db, call.region, organisation).await?;
    }
    store::list_locations(db, call.region, organisation, page).await
}

pub(crate) async fn create(txn: &impl ConnectionTrait, call: &Call, new: NewWard) -> Result<Ward> {
    call.scope.organisation(new.organisation, "organisation")?;
    // Two wards at a new postcode at once share its location.
    organisations::lock(txn, call.region, new.organisation).await?;
    let location = match new.site {
        Site::Location(id) => location_of(txn, call.region, id, new.organisation).await?,
        Site::Postcode(postcode) => match store::location_at(txn, call.region, new.organisation, &postcode).await? {
            Some(location) => location,
            None => {
                let name = place::name_at(&postcode);
                make_location(txn, call, NewLocation { organisation: new.organisation, name, postcode }).await?
            }
        },
    };
    let ward = Ward {
        id: WardId::new(),
        organisation: new.organisation,
        name: new.name,
        location: location.id,
        postcode: location.about.postcode,
        lead: None,
        card: new.card,
        version: 1,
    };
    store::insert_ward(txn, call.region, call.now, &ward).await?;
    log::append(txn, call.region, call.now, ward.id.0, &events::ward_created(&ward)).await?;
    Ok(ward)
}

/// The location, which must be one of the organisation, and whose postcode stays until the transaction ends.
async fn location_of(txn: &impl ConnectionTrait, region: RegionId, id: LocationId, organisation: OrganisationId) -> Result<Location> {
    let found = store::lock_location(txn, region, id).await?;
    found.filter(|location| location.about.organisation == organisation).ok_or(Error::NotFound("location"))
}

/// Changes what was read as `version`. A ward lead may change the card and nothing else.
pub(crate) async fn update(txn: &impl ConnectionTrait, call: &Call, id: WardId, version: i64, mut edit: WardEdit) -> Result<Ward> {
    let ward = store::lock_ward(txn, call.region, id).await?.ok_or(Error::NotFound("ward"))?;
    call.scope.organisation(ward.organisation, "ward")?;
    if !edit.is_of_card() && !call.caller.acts_for(ward.organisation, KEEPERS) {
        return Err(Error::Forbidden);
    }
    current(ward.version, version)?;
    if let Some(Some(lead)) = edit.lead {
        edit.lead = Some(Some(the_lead(txn, call.region, ward.organisation, lead).await?));
    }
    let Some(mut edited) = ward.edited(edit) else { return Ok(ward) };
    if edited.location != ward.location {
        edited.postcode = location_of(txn, call.region, edited.location, ward.organisation).await?.about.postcode;
    }
    store::update_ward(txn, call.region, &edited).await?;
    let told = (&ward.name, ward.location) != (&edited.name, edited.location);
    if told {
        log::append(txn, call.region, call.now, id.0, &events::ward_updated(&edited)).await?;
    }
    Ok(edited)
}

/// The lead as who it is by now. Refuses who is not of the organisation: a user needs the role of a ward lead there, a worker an employment.
async fn the_lead(txn: &impl ConnectionTrait, region: RegionId, organisation: OrganisationId, lead: Lead) -> Result<Lead> {
    let lead = match lead {
        Lead::Worker(id) => Lead::Worker(workers::kept(txn, region, id).await?),
        user @ Lead::User(_) => user,
    };
    let belongs = match lead {
        Lead::User(id) => {
            let user = users::find(txn, region, id).await?.ok_or(Error::NotFound("user"))?;
            user.about.grants.iter().any(|grant| grant.role == Role::WardLead && grant.organisation.is_none_or(|own| own == organisation))
        }
        Lead::Worker(id) => employments::of(txn, region, id).await?.iter().any(|employment| employment.about.organisation == organisation),
    };
    if belongs { Ok(lead) } else { Err(Error::invalid("ward.lead", "is not of this organisation")) }
}

/// Refuses a change of what somebody else has changed since it was read.
pub(super) fn current(stored: i64, read: i64) -> Result<()> {
    if stored == read { Ok(()) } else { Err(Error::Refused(refusal(Reason::ChangedMeanwhile))) }
}

/// The ward, and what its lead is called.
pub(crate) async fn get(db: &impl ConnectionTrait, call: &Call, id: WardId) -> Result<(Ward, String)> {
    let ward = store::find_ward(db, call.region, id).await?.ok_or(Error::NotFound("ward"))?;
    let ward = for_caller(call, ward);
    let name = match ward.lead {
        None => None,
        Some(Lead::User(id)) => users::names(db, call.region, vec![id]).await?.into_values().next(),
        Some(Lead::Worker(id)) => {
            let worker = workers::find_all(db, call.region, &[id]).await?.pop();
            worker.map(|worker| format!("{} {}", worker.person.first_name, worker.person.last_name))
        }
    };
    Ok((ward, name.unwrap_or_default()))
}

pub(crate) async fn list(
    db: &impl ConnectionTrait,
    call: &Call,
    organisation: Option<OrganisationId>,
    page: &Page<ByName>,
) -> Result<(Vec<Ward>, String)> {
    if let Some(organisation) = organisation {
        organisations::require(db, call.region, organisation).await?;
    }
    let (wards, next) = store::list_wards(db, call.region, organisation, page).await?;
    Ok((wards.into_iter().map(|ward| for_caller(call, ward)).collect(), next))
}

/// The ward as far as the caller may see it.
fn for_caller(call: &Call, ward: Ward) -> Ward {
    if call.caller.acts_for(ward.organisation, STAFF) { ward } else { Ward { lead: None, ..ward } }
}
