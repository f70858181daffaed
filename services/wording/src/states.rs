//! The names of states, levels, kinds, bases, roles and branches. Each takes a whole enum and has no wildcard, so that a new value does not
//! compile without its texts.

use proto::{
    flexpool::{Audience, WorkKind, claim, conflict, finding, shift, wait},
    members::{
        AssessmentResult, Basis, Branch, ClaimMode, CollectiveAgreement, ConsentKind, EmploymentKind, ExitDestination, ExitReason,
        FunctionLevel, LinkOutcome, MailLanguage, OrganisationKind, PoolKind, Role, ScheduleConstraintKind,
    },
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
    /// What an organisation is to the region.
    organisation_kind(OrganisationKind) {
        Employer => ("werkgever", "employer"),
        Association => ("werkgeversvereniging", "employers' association"),
    }
    /// A collective labour agreement.
    collective_agreement(CollectiveAgreement) {
        NursingAndHomeCare => ("cao VVT", "CAO VVT"),
        Hospitals => ("cao Ziekenhuizen", "CAO Ziekenhuizen"),
        MentalHealth => ("cao GGZ", "CAO GGZ"),
        DisabilityCare => ("cao Gehandicaptenzorg", "CAO Gehandicaptenzorg"),
        Umc => ("cao UMC", "CAO UMC"),
        YouthCare => ("cao Jeugdzorg", "CAO Jeugdzorg"),
        SocialWork => ("cao Sociaal Werk", "CAO Sociaal Werk"),
        ChildCare => ("cao Kinderopvang", "CAO Kinderopvang"),
        GeneralPractice => ("cao Huisartsenzorg", "CAO Huisartsenzorg"),
        Other => ("een andere cao of geen", "another CAO or none"),
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
        Released => ("vrijgegeven", "released"),
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
        Facility => ("facilitair medewerker", "facility worker"),
        Kitchen => ("keukenmedewerker", "kitchen worker"),
        Secretary => ("medewerker secretariaat", "secretary"),
        Staff => ("stafmedewerker", "staff"),
        SpecialisedNurse => ("gespecialiseerd verpleegkundige", "specialised nurse"),
        NurseSpecialist => ("verpleegkundig specialist", "nurse specialist"),
        PhysicianAssistant => ("physician assistant", "physician assistant"),
        HealthPsychologist => ("gz-psycholoog", "health care psychologist"),
        ArtsTherapist => ("vaktherapeut", "arts therapist"),
        SpiritualCarer => ("geestelijk verzorger", "spiritual carer"),
        SocialWorker => ("sociaal werker", "social worker"),
        ChildCarer => ("pedagogisch medewerker", "child carer"),
        MedicalAssistant => ("doktersassistent", "medical assistant"),
    }
    /// How well somebody can do something.
    competence_level(CompetenceLevel) {
        Supervised => ("onder begeleiding", "under supervision"),
        Independent => ("zelfstandig", "independently"),
        Teaching => ("leert het anderen", "teaches it to others"),
    }
    /// How far a competence of a portfolio is.
    portfolio_state(portfolio_entry::State) {
        Waiting => ("wacht op controle", "waits to be verified"),
        Verified => ("gecontroleerd", "verified"),
        Refused => ("afgewezen", "refused"),
        Revoked => ("ingetrokken", "taken back"),
    }
    /// Why a competence was refused or taken back.
    competence_decision(CompetenceDecision) {
        NoEvidence => ("er is geen bewijs", "there is no evidence"),
        WrongEvidence => ("het bewijs hoort bij iets of iemand anders", "the evidence is of something or somebody else"),
        Outdated => ("het bewijs is te oud", "the evidence is too old"),
        NotShown => ("het gaat nog niet goed genoeg", "it does not go well enough yet"),
        WithdrawnByIssuer => ("wie het afgaf, heeft het ingetrokken", "who issued it took it back"),
        Mistake => ("het stond er per ongeluk", "it was there by mistake"),
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
    /// A language, by its name in either.
    mail_language(MailLanguage) {
        Dutch => ("Nederlands", "Dutch"),
        English => ("Engels", "English"),
    }
    /// What came of confirming that two workers are one person.
    link_outcome(LinkOutcome) {
        Linked => ("Gelukt: deze werkgever hoort nu bij je.", "Done: this employer is one of yours now."),
        Waiting => ("Log ook in met je andere account en bevestig het daar.", "Sign in with your other account, too, and confirm it there."),
        WrongNumber => ("Dit klopt niet. Kijk naar de organisatie en je personeelsnummer daar.", "This is not right. Look at the organisation and your personnel number there."),
        Closed => ("Dit klopt niet, en het was te vaak fout. Vraag die werkgever om een code.", "This is not right, and it was wrong too often. Ask that employer for a code."),
    }
    /// What a worker agreed to.
    consent_kind(ConsentKind) {
        NightsAtAge => ("nachtdiensten op mijn leeftijd", "night shifts at my age"),
        FewerFreeSundays => ("minder vrije zondagen", "fewer free Sundays"),
        SplitShifts => ("gebroken diensten", "shifts in two parts"),
        IrregularHours => ("onregelmatige uren", "irregular hours"),
        LongerNightSeries => ("langere reeksen nachtdiensten", "longer series of night shifts"),
        SixtyHoursWithPresence => ("gemiddeld 60 uur per week met aanwezigheidsdiensten", "on average 60 hours a week with presence duties"),
        SeenByPlanners => ("andere planners mogen mij zien", "other planners may see me"),
        ImmediatePromotion => ("direct ingedeeld worden vanaf de wachtlijst", "a place from the waiting list at once"),
        Lending => ("werken bij andere organisaties", "working at other organisations"),
    }
    /// What an assessment of work without employment says.
    assessment_result(AssessmentResult) {
        OutsideEmployment => ("geen dienstbetrekking", "no employment"),
        Employment => ("wel een dienstbetrekking", "an employment"),
        NoJudgement => ("geen oordeel mogelijk", "no judgement possible"),
    }
    /// Why somebody leaves an employer.
    exit_reason(ExitReason) {
        OwnNotice => ("eigen opzegging", "own notice"),
        EmployerNotice => ("opzegging door de werkgever", "notice by the employer"),
        MutualAgreement => ("in overleg", "by agreement"),
        FixedTermEnded => ("einde van een tijdelijk contract", "end of a fixed term"),
        Retirement => ("met pensioen", "retirement"),
        Other => ("anders", "other"),
    }
    /// Where somebody goes who leaves an employer.
    exit_destination(ExitDestination) {
        SameBranch => ("een andere werkgever in dezelfde branche", "another employer of the same branch"),
        OtherBranch => ("een andere branche in zorg en welzijn", "another branch of care and welfare"),
        SelfEmployed => ("zzp'er in zorg en welzijn", "self-employed in care and welfare"),
        OtherSector => ("een andere sector", "another sector"),
        Education => ("een opleiding", "education"),
        Pension => ("pensioen", "pension"),
        Inactive => ("geen betaald werk", "no paid work"),
        Unknown => ("niet bekend", "not known"),
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
