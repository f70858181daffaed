//! Whether flexpool's copy is what members says (I6: every event took effect, exactly once).

use std::pin::pin;

use bus::Finding;
use chassis::db::Db;
use futures::TryStreamExt;
use members::RegionSnapshot;

/// Compares every region. What members writes meanwhile would look like a difference, so it counts only when nothing was written between
/// before and after; otherwise it is compared again.
pub(super) async fn compare(members: &Db, flexpool: &Db) -> anyhow::Result<Vec<Finding>> {
    const ROUNDS: usize = 5;
    for _ in 0..ROUNDS {
        if let Err(missing) = super::wait_for_consumers(members, flexpool).await {
            return Ok(vec![Finding { invariant: "I6", subject: "flexpool".into(), text: format!("is behind members: {missing}") }]);
        }
        let before = bus::heads(members).await?;
        let mut findings = Vec::new();
        let mut regions = pin!(members::snapshot(members));
        while let Some(region) = regions.try_next().await? {
            findings.extend(flexpool::compare(flexpool, region.region, &facts(region)).await?);
        }
        let quiet = bus::heads(members).await? == before && bus::caught_up(members, flexpool, "members").await.is_ok();
        if findings.is_empty() || quiet {
            return Ok(findings);
        }
    }
    Ok(vec![Finding { invariant: "I6", subject: "flexpool".into(), text: "could not be compared: members changes all the time".into() }])
}

fn facts(region: RegionSnapshot) -> flexpool::Snapshot {
    flexpool::Snapshot {
        organisations: region.organisations.into_iter().map(|o| (o.id, o.about.name, o.leaves_on)).collect(),
        wards: region.wards.into_iter().map(ward).collect(),
        pools: region.pools.into_iter().map(pool).collect(),
        agreements: region.agreements.into_iter().filter(members::domain::agreement::Agreement::lets_claim).map(agreement).collect(),
        workers: region
            .workers
            .into_iter()
            .map(|w| flexpool::WorkerFacts { id: w.id, adult_on: w.adult_on, registered_until: w.registered_until })
            .collect(),
        employments: region.employments.into_iter().map(employment).collect(),
        competences: region.competences.into_iter().map(competence).collect(),
        unavailabilities: region.unavailabilities.into_iter().map(unavailability).collect(),
        constraints: region.constraints.into_iter().map(constraint).collect(),
        consents: region.consents.into_iter().map(consent).collect(),
    }
}

fn ward(ward: members::domain::ward::Ward) -> flexpool::WardFacts {
    flexpool::WardFacts { id: ward.id, organisation: ward.organisation, name: ward.name }
}

fn pool(pool: members::domain::pool::Pool) -> flexpool::PoolFacts {
    let (about, limits) = (pool.about, pool.hours_elsewhere);
    let (terms, plan) = (about.terms, about.terms.release);
    let limit = |member| limits.iter().find(|(limited, _)| *limited == member).map(|(_, minutes)| *minutes);
    flexpool::PoolFacts {
        id: pool.id,
        name: about.name,
        kind: about.kind.number(),
        terms: flexpool::domain::pool::PoolTerms {
            mode: terms.mode.number(),
            cancellation_minutes: terms.cancellation_minutes,
            withdrawal_minutes: terms.withdrawal_minutes,
            offer_minutes: terms.offer_minutes,
            quiet_hours: terms.quiet_hours.map(|hours| (hours.from, hours.until)),
            release: flexpool::domain::release::Plan {
                own_team: plan.own_team,
                own_organisation: plan.own_organisation,
                pool: plan.pool,
                self_employed: plan.self_employed,
                everybody_within: plan.everybody_within,
            },
            own_gaps_first: terms.own_gaps_first,
        },
        members: about.organisations.into_iter().map(|member| (member, limit(member))).collect(),
    }
}

fn agreement(agreement: members::domain::agreement::Agreement) -> flexpool::AgreementFacts {
    let about = agreement.about;
    flexpool::AgreementFacts {
        id: agreement.id,
        organisation: about.organisation,
        from: about.from,
        until: about.until,
        bases: about.bases.into_iter().map(|basis| basis.number()).collect(),
        scope: about.scope.number(),
    }
}

fn employment(employment: members::domain::worker::Employment) -> flexpool::EmploymentFacts {
    let about = employment.about;
    flexpool::EmploymentFacts {
        id: employment.id,
        worker: employment.worker,
        organisation: about.organisation,
        function_level: about.function_level.number(),
        kind: about.kind.number(),
        minutes_per_week: about.minutes_per_week,
        from: about.from,
        until: about.until,
        assessed_until: about.assessment.as_ref().and_then(members::domain::employment::Assessment::good_until),
    }
}

fn competence(competence: members::domain::worker::Competence) -> flexpool::CompetenceFacts {
    let about = competence.about;
    flexpool::CompetenceFacts {
        id: competence.id,
        worker: competence.worker,
        code: about.code,
        valid_from: about.valid.from,
        valid_until: about.valid.until,
    }
}

fn unavailability(period: members::domain::unavailability::Unavailability) -> flexpool::UnavailabilityFacts {
    let (id, worker, away) = (period.id, period.worker, period.away);
    flexpool::UnavailabilityFacts { id, worker, from: away.from, until: away.until }
}

fn constraint(constraint: members::domain::unavailability::Constraint) -> flexpool::ConstraintFacts {
    let (id, worker, about) = (constraint.id, constraint.worker, constraint.about);
    let (kind, minutes) = (about.kind.number(), about.minutes);
    flexpool::ConstraintFacts { id, worker, kind, minutes, from: about.from, until: about.until }
}

fn consent(consent: members::domain::consent::Consent) -> flexpool::ConsentFacts {
    let (id, worker, kind) = (consent.id, consent.worker, consent.kind.number());
    flexpool::ConsentFacts { id, worker, kind, given_at: consent.given_at, revoked_at: consent.revoked_at }
}
