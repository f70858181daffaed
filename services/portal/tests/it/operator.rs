//! From an empty region to the first claim, by the portal's forms alone.

use proto::members::{Basis, Branch, EmploymentKind, FunctionLevel, Role};
use reqwest::StatusCode;
use testkit::wait_until;

use crate::{
    browser::{Browser, Page, with},
    portal::Portal,
};

/// The step that is next, by its number, and where it leads.
async fn next_step(browser: &mut Browser) -> (usize, String) {
    let home = browser.get("/").await;
    assert_eq!(home.status, StatusCode::OK, "{}", home.text());
    let done = home.all(".steps li.done").len();
    (done, home.attributes(".steps li.next a", "href").first().cloned().unwrap_or_default())
}

async fn send(browser: &mut Browser, path: &str, action: &str, set: &[(&str, &str)]) -> Page {
    let shown = browser.get(path.split('#').next().unwrap_or_default()).await;
    let page = browser.post(&shown.action(action), &with(shown.form(action), set)).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{action}: {}", page.text());
    browser.follow(page).await
}

/// Signs in at the provider and redeems the code of the page that shows an invitation.
async fn join(portal: &Portal, invited: &Page, subject: &str) -> Browser {
    let code = invited.all(".code").remove(0);
    let mut browser = portal.browser();
    let asked = browser.sign_in(subject).await;
    let joined = browser.post("/invitation", &with(asked.form("/invitation"), &[("code", &code)])).await;
    assert_eq!(joined.status, StatusCode::SEE_OTHER, "{}", joined.text());
    browser
}

#[tokio::test]
async fn an_operator_of_an_empty_region_is_led_to_the_first_claim() {
    let portal = Portal::start().await;
    let account = portal.account(Role::Operator, "").await;
    let mut operator = portal.signed_in(&account).await;
    let number = |value: i32| value.to_string();

    assert_eq!(next_step(&mut operator).await, (0, "/organisations".to_owned()));
    let branch = number(Branch::NursingAndHomeCare.into());
    let fields = [("name", "Zonnehof"), ("kvk_number", "12345678"), ("branch", &branch)];
    send(&mut operator, "/organisations", "/organisations", &fields).await;

    let (step, ward) = next_step(&mut operator).await;
    assert_eq!((step, ward.ends_with("#ward")), (1, true), "{ward}");
    send(&mut operator, &ward, "/wards#ward", &[("name", "De Linde"), ("postcode", "5825 ab")]).await;

    let (step, agreement) = next_step(&mut operator).await;
    assert_eq!((step, agreement.ends_with("#agreement")), (2, true), "{agreement}");
    let own = number(Basis::OwnExtraHours.into());
    let fields = [
        ("bases", own.as_str()),
        ("works_council_decided_on", "2026-01-15"),
        ("association_on", "2026-02-01"),
        ("organisation_on", "2026-02-01"),
    ];
    send(&mut operator, &agreement, "/agreements#agreement", &fields).await;

    assert_eq!(next_step(&mut operator).await, (3, "/pools".to_owned()));
    let organisation = agreement.trim_start_matches("/organisations/").split('#').next().unwrap().to_owned();
    send(&mut operator, "/pools", "/pools#new", &[("name", "Regio Noord"), ("organisations", &organisation)]).await;

    let (step, people) = next_step(&mut operator).await;
    assert_eq!((step, people.as_str()), (4, format!("/people?organisation={organisation}").as_str()));
    let (level, kind) = (number(FunctionLevel::Carer.into()), number(EmploymentKind::Permanent.into()));
    let fields = [
        ("first_name", "Sam"),
        ("last_name", "Jansen"),
        ("birth_date", "1990-05-17"),
        ("postcode", "5825 AB"),
        ("personnel_number", "1001"),
        ("function_level", &level),
        ("kind", &kind),
        ("minutes_per_week", "22,5"),
    ];
    let workers = send(&mut operator, &people, "/people#new", &fields).await;
    assert!(workers.text().contains("22.5 hours a week"), "{}", workers.text());
    let invite = workers.attributes(".rows form", "action").remove(0);
    let invited = operator.post(&invite, &workers.form(&invite)).await;
    let lost = operator.follow(invited).await.all(".code").remove(0);
    // The code was lost: there is another one, and the first works no longer.
    let workers = operator.get(&people).await;
    let invited = operator.post(&invite, &workers.form(&invite)).await;
    let invited = operator.follow(invited).await;
    assert_ne!(invited.all(".code").remove(0), lost);
    let mut finder = portal.browser();
    let asked = finder.sign_in("finder").await;
    let refused = finder.post("/invitation", &with(asked.form("/invitation"), &[("code", &lost)])).await;
    assert_ne!(refused.status, StatusCode::SEE_OTHER, "{}", refused.text());
    let mut worker = join(&portal, &invited, "sam").await;

    let (step, planner) = next_step(&mut operator).await;
    assert_eq!((step, planner.starts_with("/people/invite")), (5, true), "{planner}");
    let role = number(Role::Planner.into());
    let invited = send(&mut operator, &planner, "/people/invite", &[("display_name", "Noor Smit"), ("role", &role)]).await;
    let mut planner = join(&portal, &invited, "noor").await;

    portal.bed.caught_up().await;
    let date = portal.bed.day(3).to_string();
    let fields = [("date", date.as_str()), ("starts_at", "07:00"), ("ends_at", "15:00"), ("function_level", &level)];
    send(&mut planner, "/board/publish", "/board/publish", &fields).await;
    assert_eq!(next_step(&mut operator).await.0, 7);

    let claim = wait_until("the worker to be offered the shift", async || {
        let page = worker.get("/open?claimable=1").await;
        page.attributes("form", "action").into_iter().find(|action| action.ends_with("/claim")).ok_or_else(|| page.text())
    })
    .await;
    let form = worker.get("/open?claimable=1").await.form(&claim);
    assert_eq!(worker.post(&claim, &form).await.status, StatusCode::SEE_OTHER);
    assert_eq!(next_step(&mut operator).await, (8, String::new()));
}

#[tokio::test]
async fn an_operator_changes_a_pool_and_hr_limits_the_own_people() {
    let portal = Portal::start().await;
    let (own, other) = (portal.builder.employer("Zonnehof").await, portal.builder.employer("Beekdal").await);
    let pool = portal.builder.pool(&[&own, &other]).await;
    let account = portal.account(Role::Operator, "").await;
    let mut operator = portal.signed_in(&account).await;
    let path = format!("/pools/{pool}");
    let listed = operator.get("/pools").await;
    assert_eq!(listed.attributes(".card h2 a", "href"), std::slice::from_ref(&path));

    let shown = operator.get(&path).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text());
    assert!(shown.text().contains("The rest of the pool at once"), "{}", shown.text());
    let form = shown.form("#change");
    let old = operator.get(&path).await.form("#change");
    let staged = [
        ("name", "Regio Zuid"),
        ("pool_minutes", "24"),
        ("self_employed_minutes", ""),
        ("everybody_within_minutes", "1.5"),
        ("from_minute", "22:00"),
        ("until_minute", "07:00"),
        ("own_gaps_first", "1"),
    ];
    let changed = operator.post(&path, &with(form, &staged)).await;
    let changed = operator.follow(changed).await;
    assert_eq!(changed.all("h1"), ["Regio Zuid"], "{}", changed.text());
    for text in
        ["The rest of the pool 24 hours after publishing", "The self-employed never", "22:00 – 07:00", "1 hour and 30 minutes before"]
    {
        assert!(changed.text().contains(text), "{text}: {}", changed.text());
    }
    let filled = changed.form("#change");
    assert!(filled.contains(&("everybody_within_minutes".to_owned(), "1.5".to_owned())), "{filled:?}");

    // Who still has the page of before changes nothing, and sees how it is now.
    let stale = operator.post(&path, &with(old, &[("name", "Regio Noord")])).await;
    assert_eq!((stale.status, stale.all("h1")), (StatusCode::CONFLICT, vec!["Regio Zuid".to_owned()]));
    assert_eq!(stale.all(".problem[role=alert]"), ["Somebody else changed this meanwhile. See how it is now and try again."]);
    let wrong = with(filled, &[("own_team_minutes", "48"), ("offer_minutes", "1")]);
    let wrong = operator.post(&path, &wrong).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(wrong.all("#pool-offer_minutes-error1"), ["Fill in a number between 5 and 10080."]);

    let account = portal.account(Role::Hr, &own.id).await;
    let mut hr = portal.signed_in(&account).await;
    let shown = hr.get(&path).await;
    let actions: Vec<String> = shown.attributes("form", "action").into_iter().filter(|action| action.starts_with(&path)).collect();
    let limit = format!("{path}/members/{}/limit", own.id);
    assert_eq!(actions, std::slice::from_ref(&limit), "nothing else is hers to change");
    let limited = hr.post(&limit, &with(shown.form("/limit"), &[("minutes_per_week", "12")])).await;
    assert!(hr.follow(limited).await.text().contains("at most 12 hours a week elsewhere"));
    let wrong = hr.post(&limit, &with(hr.clone().get(&path).await.form("/limit"), &[("minutes_per_week", "many")])).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);

    let shown = operator.get(&path).await;
    let removed = operator.post(&format!("{path}/members/{}/remove", own.id), &shown.form("/remove")).await;
    let removed = operator.follow(removed).await;
    assert_eq!(removed.all("#members > ul > li > strong"), ["Beekdal"], "{}", removed.text());
    assert!(removed.attributes("form", "action").iter().all(|action| !action.ends_with("/remove")), "the last one stays");
}

#[tokio::test]
async fn an_agreement_is_proposed_by_one_side_and_approved_by_the_other() {
    let portal = Portal::start().await;
    let employer = portal.builder.employer_without_agreement("Zonnehof").await;
    let mut operator = portal.signed_in(&portal.account(Role::Operator, "").await).await;
    let mut hr = portal.signed_in(&portal.account(Role::Hr, &employer.id).await).await;
    let path = format!("/organisations/{}", employer.id);
    let terms = format!("{path}/terms");

    let form = hr.get(&terms).await.form("/decisions#decision");
    let fields = [("programme", "1"), ("decision", "1"), ("decided_on", "2026-01-15")];
    let recorded = hr.post(&format!("{terms}/decisions"), &with(form, &fields)).await;
    let recorded = hr.follow(recorded).await;
    assert!(recorded.text().contains("agreed, Thursday 15 January 2026"), "{}", recorded.text());
    let form = recorded.form("/costs#cost");
    let level = i32::from(FunctionLevel::Carer).to_string();
    let fields = [("function_level", level.as_str()), ("cents_per_hour", "32,50"), ("from", "2026-01-01")];
    let recorded = hr.post(&format!("{terms}/costs"), &with(form, &fields)).await;
    assert!(hr.follow(recorded).await.text().contains("€32.50, from Thursday 1 January 2026"));

    let lending = i32::from(Basis::CollegialLending).to_string();
    let form = operator.get(&path).await.form("/agreements#agreement");
    let fields = [("bases", lending.as_str()), ("from", "2026-02-01"), ("tariff_4", "33")];
    let refused = operator.post(&format!("{path}/agreements"), &with(form.clone(), &fields)).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
    assert!(refused.text().contains("(€33.00) is above the wage cost (€32.50)"), "{}", refused.text());
    let fields = [("bases", lending.as_str()), ("from", "2026-02-01"), ("tariff_4", "32,50")];
    let proposed = operator.post(&format!("{path}/agreements"), &with(form, &fields)).await;
    let listed = operator.follow(proposed).await;
    assert_eq!(listed.all("#agreement li .soft"), ["proposed"], "{}", listed.text());
    let one = listed.attributes("#agreement li a", "href").remove(0);
    assert!(operator.get(&one).await.attributes("form", "action").iter().all(|action| !action.ends_with("/approve")));
    let shown = hr.get(&one).await;
    let approved = hr.post(&format!("{one}/approve"), &shown.form("/approve")).await;
    let approved = hr.follow(approved).await;
    assert_eq!(approved.all(".notice"), ["Approved."], "{}", approved.text());

    let form = approved.form("/amend#amend");
    let amended = hr.post(&format!("{one}/amend"), &with(form, &[("from", "2026-07-01"), ("tariff_4", "")])).await;
    let amended = hr.follow(amended).await;
    assert_eq!(amended.all("#versions li .soft"), ["proposed · this one", "approved"], "{}", amended.text());
}

#[tokio::test]
async fn wards_have_a_place_and_a_card_and_an_organisation_leaves() {
    let portal = Portal::start().await;
    let employer = portal.builder.employer("Zonnehof").await;
    let mut operator = portal.signed_in(&portal.account(Role::Operator, "").await).await;
    let path = format!("/organisations/{}", employer.id);

    let form = operator.get(&path).await.form("/facts#facts");
    let fields = [("rsin", "123456782"), ("agb_codes", "41234567, 41234568"), ("agreement", "1"), ("from", "2025-01-01")];
    let saved = operator.post(&format!("{path}/facts"), &with(form, &fields)).await;
    let saved = operator.follow(saved).await;
    for text in ["RSIN 123456782", "AGB codes 41234567, 41234568", "CAO VVT, from Wednesday 1 January 2025"] {
        assert!(saved.text().contains(text), "{text}: {}", saved.text());
    }
    let wrong = operator.post(&format!("{path}/facts"), &with(saved.form("/facts#facts"), &[("rsin", "123456783")])).await;
    assert_eq!(wrong.all("#facts-rsin-error1"), ["This is no RSIN: 9 digits that add up. (IDN-03)"]);

    let form = operator.get(&path).await.form("/locations#location");
    let added = operator.post(&format!("{path}/locations"), &with(form, &[("name", "Hof"), ("postcode", "6211 AB")])).await;
    let added = operator.follow(added).await;
    assert!(added.text().contains("Hof 6211AB Maastricht"), "{}", added.text());
    let ward = format!("/wards/{}", employer.ward);
    let form = operator.get(&ward).await.form("#change");
    let card = [("entrance", "Achterom.\nBel aan."), ("buddy", "Noor"), ("name", "De Linde 2")];
    let changed = operator.post(&ward, &with(form, &card)).await;
    let changed = operator.follow(changed).await;
    assert_eq!(changed.all("h1"), ["De Linde 2"], "{}", changed.text());
    assert_eq!(changed.all("#card dd"), ["Achterom. Bel aan.", "Noor"]);

    let mut lead = portal.signed_in(&portal.account(Role::WardLead, &employer.id).await).await;
    let form = lead.get(&ward).await.form("#change");
    assert!(form.iter().all(|(name, _)| name != "location"), "only the card: {form:?}");
    let changed = lead.post(&ward, &with(form, &[("parking", "Achter het gebouw")])).await;
    assert_eq!(lead.follow(changed).await.all("#card dd").len(), 3);

    let form = operator.get(&path).await.form("/leave#leave");
    let gone = operator.post(&format!("{path}/leave"), &with(form.clone(), &[("last_day", "2020-01-01")])).await;
    assert_eq!(gone.all("#leave-last_day-error1"), ["This is in the past."]);
    let day = portal.bed.day(30).to_string();
    let leaves = operator.post(&format!("{path}/leave"), &with(form, &[("last_day", &day)])).await;
    assert!(operator.follow(leaves).await.text().contains("Takes part until"));
}

#[tokio::test]
async fn a_form_of_an_operator_says_what_is_wrong() {
    let portal = Portal::start().await;
    let employer = portal.builder.employer("Zonnehof").await;
    let account = portal.account(Role::Operator, "").await;
    let mut operator = portal.signed_in(&account).await;

    let form = operator.get("/organisations").await.form("/organisations");
    let page = operator.post("/organisations", &with(form, &[("name", ""), ("kvk_number", "12")])).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        page.all("#organisation-name-error1, #organisation-kvk_number-error1"),
        ["Fill this in.", "This must be 8 digits. (IDN-01)"]
    );

    let path = format!("/organisations/{}", employer.id);
    let form = operator.get(&path).await.form("/wards#ward");
    let page = operator.post(&format!("{path}/wards"), &with(form, &[("name", "de linde"), ("postcode", "5825AB")])).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    assert!(page.text().contains("This organisation already has a ward de linde."), "{}", page.text());

    let form = operator.get(&path).await.form("/agreements#agreement");
    let page = operator.post(&format!("{path}/agreements"), &form).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.all("#agreement-bases .error").contains(&"Choose at least one.".to_owned()), "{}", page.text());

    let missing = operator.get("/organisations/org_00000000000000000000000000000000").await;
    assert_eq!((missing.status, missing.all("h1")), (StatusCode::NOT_FOUND, vec!["Not found".to_owned()]));
}
