//! The names of states, levels, kinds, bases, roles and branches. Each takes a whole enum and has no wildcard, so that a new value does not
//! compile without its texts.

use proto::{
    flexpool::{Audience, WorkKind, claim, conflict, finding, shift, wait},
    members::{Basis, Branch, ClaimMode, EmploymentKind, FunctionLevel, PoolKind, Role, ScheduleConstraintKind},
};

use crate::Language;

const UNKNOWN: (&str, &str) = ("onbekend", "unknown");

macro_rules! names {
    ($($(#[doc = $doc:literal])* $function:ident($type:ty) { $($value:pat => ($dutch:literal, $english:literal),)* })*) => { $(
        $(#[doc = $doc])*
        pub fn $function(language: Language, value: $type) -> &'static str {
            use $type::*;
            let (dutch, english) = match value { Unspecified => UNKNOWN, $($value => ($dutch, $english),)* };
            language.two(dutch, english)
        }
    )* };
}

names! {
    /// How far a shift is.
    shift_state(shift::State) {
        Open => ("open", "open"),
        Cancelled => ("teruggetrokken", "cancelled"),
        Closed => ("gesloten", "closed"),
    }
    /// Why a shift is closed.
    closing(shift::Closing) {
        OrganisationLeaves => ("de organisatie verlaat de regio", "the organisation leaves the region"),
        LeftPool => ("de organisatie heeft de pool verlaten", "the organisation has left the pool"),
    }
    /// For whom a shift opens.
    audience(Audience) {
        OwnTeam => ("het eigen team", "the own team"),
        OwnOrganisation => ("de eigen organisatie", "the own organisation"),
        Pool => ("de rest van de pool", "the rest of the pool"),
        SelfEmployed => ("zzp'ers", "the self-employed"),
    }
    /// What the members of a pool have in common.
    pool_kind(PoolKind) {
        Region => ("de hele regio", "the whole region"),
        SubRegion => ("een deel van de regio", "a part of the region"),
        Branch => ("een branche", "a branch"),
        Craft => ("een vak", "a craft"),
    }
    /// What a claim comes to.
    claim_mode(ClaimMode) {
        Claim => ("wie het eerst komt, heeft de dienst", "who comes first has the shift"),
        Apply => ("de planner kiest uit wie zich aanmeldt", "the planner chooses among those who apply"),
    }
    /// How far a claim is.
    claim_state(claim::State) {
        Confirmed => ("bevestigd", "confirmed"),
        Withdrawn => ("teruggegeven", "given back"),
        Undone => ("ongedaan gemaakt", "undone"),
    }
    /// How far a wait for a place is.
    wait_state(wait::State) {
        Waiting => ("op de wachtlijst", "on the waiting list"),
        Offered => ("er is plaats voor je", "there is a place for you"),
        Accepted => ("aangenomen", "accepted"),
        Left => ("van de wachtlijst af", "off the waiting list"),
        Declined => ("niet aangenomen", "declined"),
        Expired => ("te laat", "too late"),
        Skipped => ("past niet meer", "no longer fits"),
        Ended => ("voorbij", "over"),
    }
    /// The level of the work.
    function_level(FunctionLevel) {
        CareAssistant => ("zorgassistent", "care assistant"),
        Helper => ("helpende", "care helper"),
        HelperPlus => ("helpende plus", "care helper plus"),
        Carer => ("verzorgende IG", "certified carer"),
        SupportWorker => ("begeleider", "support worker"),
        PersonalSupportWorker => ("persoonlijk begeleider", "personal support worker"),
        Nurse => ("verpleegkundige mbo", "nurse (vocational)"),
        NurseBachelor => ("verpleegkundige hbo", "nurse (bachelor)"),
        DistrictNurse => ("wijkverpleegkundige", "district nurse"),
        HouseholdHelp => ("huishoudelijke hulp", "household help"),
    }
    /// The kind of contract.
    employment_kind(EmploymentKind) {
        Permanent => ("vast", "permanent"),
        Temporary => ("tijdelijk", "temporary"),
        OnCall => ("oproep", "on call"),
        SelfEmployed => ("zzp", "self-employed"),
    }
    /// The legal basis on which a shift is worked (D12).
    basis(Basis) {
        OwnExtraHours => ("extra uren bij de eigen werkgever", "extra hours at the own employer"),
        CollegialLending => ("collegiale uitleen", "lending between colleagues"),
        RegisteredLending => ("uitleen door een geregistreerde uitlener", "lending by a registered lender"),
        SecondContract => ("een tweede contract", "a second contract"),
        SelfEmployed => ("een opdracht als zzp'er", "an assignment as self-employed"),
    }
    /// What a roster must keep to.
    schedule_constraint(ScheduleConstraintKind) {
        NoNights => ("geen nachtdiensten", "no night shifts"),
        NoDuties => ("geen aanwezigheids- of bereikbaarheidsdiensten", "no presence or on-call duties"),
        RegularHours => ("alleen maandag tot en met vrijdag tussen 7 en 20 uur", "only Monday to Friday between 7:00 and 20:00"),
        ShiftMinutes => ("niet meer dan een aantal uren per dienst", "no more than so many hours a shift"),
        WeekMinutes => ("niet meer dan een aantal uren per week", "no more than so many hours a week"),
        FourWeekAverage => ("gemiddeld over 4 weken niet meer dan een aantal uren per week", "on average over 4 weeks no more than so many hours a week"),
        SixteenWeekAverage => ("gemiddeld over 16 weken niet meer dan een aantal uren per week", "on average over 16 weeks no more than so many hours a week"),
    }
    /// What somebody may do.
    role(Role) {
        Worker => ("medewerker", "worker"),
        Candidate => ("kandidaat", "candidate"),
        Planner => ("planner", "planner"),
        WardLead => ("teamleider", "ward lead"),
        Hr => ("personeelszaken", "personnel"),
        CaseManager => ("casemanager", "case manager"),
        OccupationalPhysician => ("bedrijfsarts", "occupational physician"),
        Coach => ("coach", "career coach"),
        Operator => ("beheerder van de regio", "operator of the region"),
        Finance => ("financiën", "finance"),
        Auditor => ("toezichthouder", "auditor"),
        PlatformAdmin => ("beheerder van het platform", "administrator of the platform"),
        Service => ("dienst van Regiopool", "service of Regiopool"),
    }
    /// The branch of an organisation.
    branch(Branch) {
        Umc => ("universitair medisch centrum", "university medical centre"),
        Hospital => ("ziekenhuis", "hospital"),
        MentalHealth => ("geestelijke gezondheidszorg", "mental health care"),
        GeneralPractice => ("huisartsenzorg en gezondheidscentra", "general practice and health centres"),
        NursingAndHomeCare => ("verpleging, verzorging en thuiszorg", "nursing, care and home care"),
        DisabilityCare => ("gehandicaptenzorg", "care for people with a disability"),
        YouthCare => ("jeugdzorg", "youth care"),
        SocialWork => ("sociaal werk", "social work"),
        ChildCare => ("kinderopvang", "child care"),
        Other => ("andere zorg en welzijn", "other care and welfare"),
    }
    /// In what a finding of working time was measured.
    unit(finding::Unit) {
        Minutes => ("minuten", "minutes"),
        Times => ("keer", "times"),
        Days => ("dagen", "days"),
    }
    /// What is done at work.
    work_kind(WorkKind) {
        Ordinary => ("werk", "work"),
        Presence => ("aanwezigheidsdienst", "presence duty"),
        OnCall => ("oproepdienst", "on-call duty"),
        Reachable => ("bereikbaarheidsdienst", "reachable duty"),
        Call => ("oproep", "call"),
        School => ("school", "school"),
    }
    /// Who gives way in a conflict.
    yields(conflict::Yields) {
        Claim => ("de geclaimde dienst gaat weg", "the claimed shift is given up"),
        Other => ("het rooster wordt aangepast", "the roster is changed"),
    }
}
