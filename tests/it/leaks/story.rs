//! Everything that people do, with values that are nowhere else, and everything that can go wrong.

use std::fs;

use chassis::{
    caller::{Caller, Grant, Role, Subject},
    db::Db,
    frame::connect,
    ids::UserId,
};
use prost::Message;
use proto::{
    flexpool::{CancelShiftRequest, ClaimShiftRequest, ListClaimsRequest, ListMyClaimsRequest, ListOpenShiftsRequest},
    members::{
        AddCompetenceRequest, BatchGetWorkersRequest, Competence, ConfirmLinkRequest, CreateUserRequest, CreateWorkerRequest, Employment,
        EmploymentKind, EndEmploymentRequest, Exit, ExitDestination, ExitReason, FunctionLevel, GetMeRequest, GetWorkerRequest, Identity,
        LinkByCodeRequest, ListFileReadsRequest, ListWorkersRequest, MailLanguage, MessageSettings, Role as R, RoleGrant,
        SetMessageSettingsRequest, UnsubscribeRequest, User, Worker,
    },
};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use testkit::{
    as_token, matrix,
    process::Installation,
    region::{Builder, Colleague, Employer, Opening},
    request_id,
    servers::Smtp,
    wait_until,
};
use tonic::Status;

use super::{canaries::Canaries, haystacks::Answer, wild};
use crate::browser::{Browser, Form};

pub(super) struct Story<'a> {
    installation: &'a Installation,
    mail: &'a Smtp,
    canaries: &'a mut Canaries,
    builder: Builder,
    employer: Employer,
    other: Employer,
    pool: String,
    people: Vec<Colleague>,
    answers: Vec<Answer>,
}

impl<'a> Story<'a> {
    pub(super) async fn begin(installation: &'a Installation, mail: &'a Smtp, canaries: &'a mut Canaries) -> Self {
        let builder = Builder::new(&installation.region).await;
        canaries.keep("an operator's token", builder.operator());
        let (employer, other) = (builder.employer("Zonnehof").await, builder.employer("Beekdal").await);
        let pool = builder.pool(&[&employer, &other]).await;
        Self { installation, mail, canaries, builder, employer, other, pool, people: Vec::new(), answers: Vec::new() }
    }

    /// The id of a worker, and every refusal that anybody got.
    pub(super) fn end(self) -> (String, Vec<Answer>) {
        (self.people[0].id.clone(), self.answers)
    }

    /// Keeps the refusal to who sent this.
    fn refused<T: std::fmt::Debug>(&mut self, sent: &impl Message, answer: Result<T, Status>) {
        let status = answer.expect_err("a refusal");
        self.answers.push(Answer { status, sent: sent.encode_to_vec() });
    }

    /// The same, if it is one.
    fn perhaps<T>(&mut self, sent: &impl Message, answer: Result<T, Status>) {
        self.answers.extend(answer.err().map(|status| Answer { status, sent: sent.encode_to_vec() }));
    }

    fn new_worker(&mut self, employer: &Employer, personnel_number: String) -> CreateWorkerRequest {
        let day = |days| Some(self.installation.region.day(days).to_proto());
        let worker = Worker {
            first_name: self.canaries.word("a first name"),
            last_name: self.canaries.word("a last name"),
            birth_date: Some(self.canaries.day("a birth date").to_proto()),
            postcode: self.canaries.postcode(),
            big_number: self.canaries.digits("a BIG number", 11),
            big_valid_until: day(400),
            ..Worker::default()
        };
        let employment = Employment {
            organisation: employer.id.clone(),
            personnel_number,
            function_level: FunctionLevel::Nurse.into(),
            kind: EmploymentKind::Permanent.into(),
            minutes_per_week: 24 * 60,
            from: day(-30),
            cost_centre: self.canaries.word("a cost centre"),
            ..Employment::default()
        };
        let competences = vec![Competence { code: "competence-of-a-canary".to_owned(), ..Competence::default() }];
        CreateWorkerRequest { worker: Some(worker), employment: Some(employment), competences, request_id: request_id() }
    }

    /// People come to work, are looked at, invited, and sign in.
    pub(super) async fn people_come(&mut self) {
        let region = self.installation.region.clone();
        let (employer, other) = (self.employer.clone(), self.other.clone());
        for _ in 0..3 {
            let number = self.canaries.word("a personnel number");
            let request = self.new_worker(&employer, number.clone());
            let made = region.workers().create_worker(as_token(request, &employer.hr)).await.expect("a worker").into_inner();
            let colleague = self.builder.colleague(made.worker.expect("the worker"));
            self.canaries.keep("a worker's token", &colleague.token);
            self.people.push(colleague);
            let same = self.new_worker(&employer, number);
            let answer = region.workers().create_worker(as_token(same.clone(), self.builder.operator())).await;
            // Who sent the number is told that it is taken, and by whom not.
            self.refused(&same, answer);
        }
        let worker = self.people[0].id.clone();
        for token in [&employer.hr, &other.hr, &self.people[1].token].map(Clone::clone) {
            let file = GetWorkerRequest { id: worker.clone() };
            let answer = region.workers().get_worker(as_token(file.clone(), &token)).await;
            self.perhaps(&file, answer);
        }
        let twice = Competence { code: "competence-of-a-canary".to_owned(), ..Competence::default() };
        let twice = AddCompetenceRequest { worker: worker.clone(), competence: Some(twice), request_id: request_id() };
        let answer = region.workers().add_competence(as_token(twice.clone(), &employer.hr)).await;
        self.refused(&twice, answer);
        let list = ListWorkersRequest { organisation: employer.id.clone(), ..Default::default() };
        region.workers().list_workers(as_token(list, &employer.planner)).await.expect("the workers");
        let names = BatchGetWorkersRequest { ids: vec![worker.clone()] };
        region.workers().batch_get_workers(as_token(names, &employer.planner)).await.expect("the names");
        let user = self.sign_in(&worker).await;
        self.people_say_more(user).await;
    }

    /// Somebody asks for e-mail, is told something, links an employer, and leaves another one.
    async fn people_say_more(&mut self, user: UserId) {
        let region = self.installation.region.clone();
        let (employer, other) = (self.employer.clone(), self.other.clone());
        let (person, leaver) = (self.people[0].clone(), self.people[2].clone());
        let email = format!("{}@{}.example", self.canaries.word("a mailbox"), self.canaries.word("a mail server"));
        let own = region.worker_token(user, &person.id);
        for email in [email.clone(), format!("{} no address", self.canaries.word("no mailbox"))] {
            let settings = Some(MessageSettings { email, language: MailLanguage::Dutch.into(), ..MessageSettings::default() });
            let request = SetMessageSettingsRequest { settings, request_id: request_id() };
            let answer = region.messages().set_message_settings(as_token(request.clone(), &own)).await;
            self.perhaps(&request, answer);
        }

        // The same person at the other employer, as that one writes her.
        let number = self.canaries.word("another personnel number");
        let request = self.new_worker(&other, number.clone());
        let file = GetWorkerRequest { id: person.id.clone() };
        let known = region.workers().get_worker(as_token(file, &person.token)).await.expect("the file").into_inner().worker;
        let known = Worker { id: String::new(), employments: Vec::new(), competences: Vec::new(), ..known.expect("the worker") };
        let request = CreateWorkerRequest { worker: Some(known), ..request };
        region.workers().create_worker(as_token(request, &other.hr)).await.expect("a worker");
        for personnel_number in [self.canaries.word("a wrong personnel number"), number] {
            let request = ConfirmLinkRequest { organisation: other.id.clone(), personnel_number, request_id: request_id() };
            region.links().confirm_link(as_token(request, &person.token)).await.expect("an answer");
        }
        for code in [self.canaries.word("no code"), "2222-3333-4444".to_owned()] {
            let request = LinkByCodeRequest { code, request_id: request_id() };
            let answer = region.links().link_by_code(as_token(request.clone(), &person.token)).await;
            self.refused(&request, answer);
        }
        let token = self.canaries.word("no token of a mail");
        let stop = UnsubscribeRequest { token };
        let answer = region.messages().unsubscribe(stop.clone()).await;
        self.refused(&stop, answer);

        let exit = Exit { reason: ExitReason::Other.into(), destination: ExitDestination::Education.into(), ..Exit::default() };
        let until = Some(region.day(200).to_proto());
        let ended = EndEmploymentRequest { id: leaver.employment, etag: "0".to_owned(), until, exit: Some(exit), request_id: request_id() };
        region.workers().end_employment(as_token(ended.clone(), &employer.hr)).await.expect("ended");
        let again = EndEmploymentRequest { request_id: request_id(), ..ended };
        let answer = region.workers().end_employment(as_token(again.clone(), &employer.hr)).await;
        self.refused(&again, answer);
        // That an employer was linked goes out by mail.
        wait_until("the mail to go out", async || {
            let mails = self.mail.mails();
            if mails.iter().any(|mail| mail.contains(&email)) { Ok(()) } else { Err(format!("{} mails", mails.len())) }
        })
        .await;
    }

    /// Somebody is invited, signs in at the provider, redeems the code and looks around; another one tries the same code.
    async fn sign_in(&mut self, worker: &str) -> UserId {
        let region = self.installation.region.clone();
        let user = User {
            display_name: format!("{} {}@post.example", self.canaries.word("a display name"), self.canaries.word("an address")),
            roles: vec![RoleGrant { role: R::Worker.into(), organisation: String::new() }],
            worker: worker.to_owned(),
            ..User::default()
        };
        let request = CreateUserRequest { user: Some(user.clone()), request_id: request_id(), ..Default::default() };
        let made = region.identity().create_user(as_token(request, &self.employer.hr)).await.expect("a user").into_inner();
        self.canaries.keep("an invitation code", &made.invitation_code);
        let again = CreateUserRequest { user: Some(user), request_id: request_id(), ..Default::default() };
        let answer = region.identity().create_user(as_token(again.clone(), self.builder.operator())).await;
        self.refused(&again, answer);
        for _ in 0..2 {
            let subject = self.canaries.word("a subject of the provider");
            let mut browser = Browser::new(self.installation.portal());
            let asked = browser.sign_in(&subject).await;
            browser.submit(&asked.form("/invitation").with("code", &made.invitation_code)).await;
            let pages = ["/", "/open", "/mine", "/work", "/conflicts", "/who-looked", "/employers", "/messages", "/messages/stop?token=x"];
            for path in pages.into_iter().chain(["/shifts/none"]) {
                browser.get(path).await;
            }
            let path = format!("/shifts/{}?organisation={}", self.canaries.word("a path"), self.canaries.word("a query"));
            browser.get(&path).await;
        }
        made.user.expect("the user").id.parse().expect("its id")
    }

    /// Shifts are published, claimed, refused, looked at and taken back.
    pub(super) async fn work_is_shared(&mut self) {
        self.installation.caught_up().await;
        let region = self.installation.region.clone();
        let opening = Opening { level: FunctionLevel::Nurse, ..Opening::on(region.day(3)) };
        let mut request = opening.request(&self.other.ward, &self.pool);
        request.external_reference = self.canaries.word("a planner's own number");
        let made = region.shifts().publish_shift(as_token(request.clone(), &self.other.planner)).await.expect("a shift").into_inner();
        let shift = made.shift.expect("the shift").id;
        let again = proto::flexpool::PublishShiftRequest { request_id: request_id(), ..request };
        let answer = region.shifts().publish_shift(as_token(again.clone(), &self.other.planner)).await;
        self.refused(&again, answer);
        let claim = |shift: &str| ClaimShiftRequest { shift: shift.to_owned(), request_id: request_id(), ..Default::default() };
        let people = self.people.clone();
        region.claims().claim_shift(as_token(claim(&shift), &people[0].token)).await.expect("a place");
        // Already claimed; full; too little rest after work elsewhere.
        for person in &people[..2] {
            let answer = region.claims().claim_shift(as_token(claim(&shift), &person.token)).await;
            self.refused(&claim(&shift), answer);
        }
        let near = Opening { level: FunctionLevel::Nurse, ..Opening::on(region.day(3)).hours(16, 23) };
        let near = self.builder.shift(&self.employer, &self.pool, &near).await.id;
        let answer = region.claims().claim_shift(as_token(claim(&near), &people[0].token)).await;
        self.refused(&claim(&near), answer);
        let list = ListOpenShiftsRequest::default();
        region.shifts().list_open_shifts(as_token(list, &people[0].token)).await.expect("open shifts");
        region.claims().list_my_claims(as_token(ListMyClaimsRequest::default(), &people[0].token)).await.expect("own claims");
        for token in [&self.other.planner, &self.employer.planner].map(Clone::clone) {
            let on_it = ListClaimsRequest { shift: shift.clone(), ..Default::default() };
            let answer = region.claims().list_claims(as_token(on_it.clone(), &token)).await;
            self.perhaps(&on_it, answer);
        }
        for shift in [&shift, &near] {
            let cancel = CancelShiftRequest { id: shift.clone(), request_id: request_id() };
            let answer = region.shifts().cancel_shift(as_token(cancel.clone(), &self.employer.planner)).await;
            self.perhaps(&cancel, answer);
        }
        let account = self.builder.planner_account(&self.other).await;
        let mut planner = Browser::new(self.installation.portal());
        planner.sign_in(&account).await;
        assert!(planner.get("/board").await.text().contains("kanarie"), "the planner does not see who comes");
        let auditor = region.token(&[(Role::Auditor, None)]).await;
        for token in [&auditor, &people[0].token] {
            let reads = region.access_log().list_file_reads(as_token(ListFileReadsRequest::default(), token)).await;
            assert!(!reads.expect("reads").into_inner().reads.is_empty());
        }
        self.forms_are_filled().await;
    }

    /// The forms of the pages, filled with anything.
    async fn forms_are_filled(&mut self) {
        let subject = self.canaries.word("an operator's subject");
        let user = User {
            display_name: self.canaries.word("an operator's name"),
            roles: vec![RoleGrant { role: R::Operator.into(), organisation: String::new() }],
            ..User::default()
        };
        let issuer = self.installation.settings().issuer().expect("a demo has one");
        let identity = Identity { issuer, subject: subject.clone() };
        let request = CreateUserRequest { user: Some(user), identity: Some(identity), request_id: request_id() };
        let region = &self.installation.region;
        region.identity().create_user(as_token(request, self.builder.operator())).await.expect("an operator");
        let mut operator = Browser::new(self.installation.portal());
        operator.sign_in(&subject).await;
        let people = format!("/people?organisation={}", self.employer.id);
        for path in [people.as_str(), "/organisations", "/pools", "/people/invite"] {
            for form in operator.get(path).await.forms() {
                if ["/sign-out", "/language"].contains(&form.action.as_str()) {
                    continue;
                }
                let filled = self.filled(form);
                operator.submit(&filled).await;
            }
        }
    }

    fn filled(&mut self, form: Form) -> Form {
        let kept = ["request_id", "organisation", "role"];
        form.names().into_iter().filter(|name| !kept.contains(&name.as_str())).fold(form, |form, name| {
            let value = self.canaries.word(&format!("the field {name}"));
            form.with(&name, &value)
        })
    }

    /// An employer's files, good rows and bad ones.
    pub(super) async fn files_come_in(&mut self) {
        let folder = tempfile::tempdir().expect("a folder");
        let map = include_str!("../../data/zonnehof/zonnehof.toml");
        let map = map.split("[shifts]").next().expect("a map").replace("windows-1252", "utf-8");
        fs::write(folder.path().join("map.toml"), map).expect("a map");
        let mut lines = String::from(
            "Personeelsnummer;Achternaam;Voornaam;Geboortedatum;Postcode;Functie;Uren per week;Contract;BIG;BIG t/m;Bekwaamheden;In dienst;Opmerking\n",
        );
        let mut roster = String::from("Nr;Personeelsnummer;Datum;Van;Tot;Pauze\n");
        for good in [true, true, false] {
            let [number, last, first, remark] = ["number", "last name", "first name", "remark"].map(|what| self.canaries.word(what));
            let (born, postcode) = (self.canaries.day("a birth date in a file").0.format("%d-%m-%Y"), self.canaries.postcode());
            let big = self.canaries.digits("a BIG number in a file", 11);
            let function = if good { "verpleegkundige mbo".to_owned() } else { self.canaries.word("a job title") };
            let reference = self.canaries.word("a number of a block");
            roster.push_str(&format!("{reference};{number};07-12-2026;07:00;15:00;{}\n", if good { "30" } else { "900" }));
            lines.push_str(&format!(
                "{number};{last};{first};{born};{postcode};{function};24,00;vast;{big};01-06-2030;BHV;01-04-2015;{remark}\n"
            ));
        }
        fs::write(folder.path().join("medewerkers.csv"), lines).expect("the workers");
        fs::write(folder.path().join("rooster.csv"), roster).expect("the roster");
        let settings = self.installation.settings();
        let (members, flexpool) = (settings.url("members"), settings.url("flexpool"));
        let here = ["--region", &self.installation.region.slug, "--members-url", &members, "--flexpool-url", &flexpool];
        let path = folder.path().to_str().expect("a path");
        let done = self.installation.run(&[&["import", path, "--json"], &here[..]].concat());
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        let report: serde_json::Value = serde_json::from_str(&said).unwrap_or_default();
        assert_eq!(report["files"][0]["taken"], 2, "{said} {}", String::from_utf8_lossy(&done.stderr));
        assert_eq!(report["files"][1]["taken"], 2, "{said} {}", String::from_utf8_lossy(&done.stderr));
    }

    /// Every RPC with a value in every field, as somebody who may call them all and as nobody; and what is no message at all.
    pub(super) async fn everything_is_asked_wrongly(&mut self) {
        let region = self.installation.region.clone();
        let organisation = Some(self.employer.id.parse().expect("an id"));
        let local = [Role::Planner, Role::WardLead, Role::Hr, Role::CaseManager, Role::OccupationalPhysician];
        let grants = Role::ALL.iter().map(|role| Grant { role: *role, organisation: organisation.filter(|_| local.contains(role)) });
        let worker = Some(self.people[2].id.parse().expect("an id"));
        let subject = Subject::User(UserId::new());
        let everybody = region.sign(&Caller { subject, region: Some(region.id), grants: grants.collect(), worker });
        for (path, message) in wild::requests(self.canaries) {
            let url = self.installation.settings().url(if path.contains(".flexpool.") { "flexpool" } else { "members" });
            let peer = connect(&url).expect("an address");
            let broken = [&[0xff, 0xff], self.canaries.word("no message").as_bytes(), &message].concat();
            let bearer = self.canaries.word("no token");
            for (message, token) in [(message, Some(everybody.as_str())), (broken, Some(&everybody)), (Vec::new(), Some(bearer.as_str()))] {
                let answer = matrix::call(peer.clone(), path, message.clone(), token).await;
                self.answers.extend(answer.err().map(|status| Answer { status, sent: message }));
            }
        }
        let unknown: &'static str = format!("/regiopool.members.v1.WorkerService/{}", self.canaries.word("a method")).leak();
        let peer = connect(&self.installation.settings().url("members")).expect("an address");
        let answer = matrix::call(peer, unknown, Vec::new(), Some(&everybody)).await;
        self.refused(&(), answer);
        region.identity().get_me(as_token(GetMeRequest {}, &everybody)).await.expect_err("no such user");
    }

    /// Databases that fail and quote what they were given, in a call and in an event.
    pub(super) async fn databases_break(&mut self) {
        let region = self.installation.region.clone();
        let settings = self.installation.settings().clone();
        let (members, flexpool) = (open(&settings.database("members")).await, open(&settings.database("flexpool")).await);
        quote(&members, "worker", &self.canaries.word("what a database says of a call")).await;
        let employer = self.employer.clone();
        let request = self.new_worker(&employer, "9".to_owned());
        let answer = region.workers().create_worker(as_token(request.clone(), &employer.hr)).await;
        self.refused(&request, answer);
        quote(&flexpool, "pool", &self.canaries.word("what a database says of an event")).await;
        self.builder.pool(&[&employer]).await;
        wait_until("the event to be parked", async || {
            let sql = "SELECT COUNT(*) AS n FROM parked WHERE error IS NOT NULL";
            let row = flexpool.read().query_one_raw(Statement::from_string(flexpool.backend(), sql)).await.expect("a query");
            let count: i64 = row.expect("a row").try_get("", "n").expect("a number");
            if count > 0 { Ok(()) } else { Err("nothing is parked".to_owned()) }
        })
        .await;
        for db in [members, flexpool] {
            db.close().await.expect("a database closes");
        }
    }
}

async fn open(url: &str) -> Db {
    Db::connect(url, 2).await.expect("a database")
}

/// Makes every new row of a table fail with this text.
async fn quote(db: &Db, table: &str, text: &str) {
    let sql = match db.backend() {
        DbBackend::Postgres => format!(
            "CREATE FUNCTION quoting() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no room for {text}'; END $$; \
             CREATE TRIGGER quoting BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION quoting()"
        ),
        _ => format!("CREATE TRIGGER quoting BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'no room for {text}'); END"),
    };
    db.write().execute_unprepared(&sql).await.expect("a trigger");
}
