//! A portal in the test's own process, over members and flexpool.

use chassis::{
    config::{Demo, Settings},
    frame::Frame,
};
use proto::members::{CreateUserRequest, Identity, Role, RoleGrant, User};
use testkit::{Testbed, as_token, region::Builder, request_id};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::browser::Browser;

/// A portal over real services.
pub(crate) struct Portal {
    pub(crate) bed: Testbed,
    pub(crate) builder: Builder,
    pub(crate) url: String,
    serving: JoinHandle<()>,
}

impl Portal {
    /// Starts everything.
    pub(crate) async fn start() -> Self {
        Self::over(Testbed::start().await).await
    }

    /// Starts everything outside demo mode, with a provider that does not answer.
    pub(crate) async fn start_for_real() -> Self {
        let real = |settings: &mut Settings| {
            (settings.demo, settings.clock_file) = (Demo::Off, None);
            settings.oidc_issuer = Some("http://127.0.0.1:1".to_owned());
            settings.oidc_client_id = Some("regiopool".to_owned());
        };
        Self::over(Testbed::with(real).await).await
    }

    /// Starts everything behind a proxy that browsers reach over TLS at this address, with a provider that does not answer.
    pub(crate) async fn start_behind(url: &str) -> Self {
        let url = url.to_owned();
        let behind = move |settings: &mut Settings| {
            settings.portal_url = Some(url);
            settings.oidc_issuer = Some("http://127.0.0.1:1".to_owned());
        };
        Self::with(behind).await
    }

    /// Starts everything with other settings than usual.
    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::over(Testbed::with(change).await).await
    }

    async fn over(mut bed: Testbed) -> Self {
        let listener = bed.pages();
        let url = format!("http://{}", bed.frame.settings.portal_listen);
        let serving = serve(&bed.frame, listener);
        Self { builder: bed.builder().await, bed, url, serving }
    }

    /// A second portal whose members cannot be reached; it reads the cookies of the first.
    pub(crate) async fn without_members(&self) -> String {
        self.another(|settings| settings.members_url = Some("http://127.0.0.1:1".to_owned())).await
    }

    /// A second portal of the same installation, with these settings changed. Gives its address.
    pub(crate) async fn another(&self, change: impl FnOnce(&mut Settings)) -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let mut settings = Settings::clone(&self.bed.frame.settings);
        change(&mut settings);
        settings.portal_listen = listener.local_addr().expect("a bound port");
        let frame = Frame::new(settings).expect("a frame");
        let url = frame.settings.portal();
        serve(&frame, listener);
        url
    }

    /// A browser at its first page.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(&self.url)
    }

    /// A browser of somebody who is signed in.
    pub(crate) async fn signed_in(&self, subject: &str) -> Browser {
        let mut browser = self.browser();
        let page = browser.sign_in(subject).await;
        assert!(browser.cookies.contains_key("regiopool_session"), "{}: {}", page.status, page.text());
        browser
    }

    /// Lets somebody sign in with a role in the whole region or at an organisation.
    pub(crate) async fn account(&self, role: Role, organisation: &str) -> String {
        let subject = format!("{}-{}", self.bed.region, role.as_str_name());
        let roles = vec![RoleGrant { role: role.into(), organisation: organisation.to_owned() }];
        let user = User { display_name: "Sanne de Wit".to_owned(), roles, ..User::default() };
        let issuer = self.bed.frame.settings.issuer().expect("a demo has an issuer");
        let identity = Identity { issuer, subject: subject.clone() };
        let request = CreateUserRequest { user: Some(user), identity: Some(identity), request_id: request_id() };
        self.bed.identity().create_user(as_token(request, self.builder.operator())).await.expect("a user");
        subject
    }
}

impl Drop for Portal {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn serve(frame: &Frame, listener: TcpListener) -> JoinHandle<()> {
    let frame = frame.clone();
    tokio::spawn(async move { portal::serve(&frame, listener).await.expect("the portal serves") })
}
