//! A real OpenID Connect provider as a process of its own: `oidc-provider`, which is certified. `tests/run` installs it.

use std::{
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};
use testkit::process::Options;

use crate::browser::{Browser, Page};

/// The running provider. It ends with the value.
pub(crate) struct IdentityProvider {
    child: Child,
    said: BufReader<ChildStdout>,
    /// Its address, which is the issuer of its tokens.
    pub(crate) issuer: String,
}

impl IdentityProvider {
    /// Starts it with these settings instead of the usual ones; `server.mjs` names them.
    pub(crate) fn start(settings: &Value) -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/oidc-provider");
        assert!(folder.join("node_modules").exists(), "{} is not there: `tests/run` installs it", folder.display());
        let mut command = Command::new("node");
        command.arg("server.mjs").current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("node starts");
        let said = BufReader::new(child.stdout.take().expect("its output"));
        let mut provider = Self { child, said, issuer: String::new() };
        provider.issuer = provider.change(settings);
        provider
    }

    /// Changes settings while it runs.
    pub(crate) fn change(&mut self, settings: &Value) -> String {
        let input = self.child.stdin.as_mut().expect("its input");
        writeln!(input, "{settings}").expect("it listens");
        let mut line = String::new();
        self.said.read_line(&mut line).expect("it answers");
        assert!(line.starts_with("http://"), "the provider does not run: {line:?}");
        line.trim_end().to_owned()
    }

    /// What an installation needs to know of it.
    pub(crate) fn options(&self) -> Options {
        let variables = vec![
            ("REGIOPOOL_OIDC_ISSUER", self.issuer.clone()),
            ("REGIOPOOL_OIDC_CLIENT_ID", "regiopool".to_owned()),
            ("REGIOPOOL_OIDC_CLIENT_SECRET", "the right one".to_owned()),
        ];
        Options { variables, ..Options::default() }
    }

    /// Lets this portal send people to it.
    pub(crate) fn serve(&mut self, portal: &str) {
        self.change(&json!({ "portal": portal }));
    }

    /// A browser at this portal that may be sent here.
    pub(crate) fn browser(&self, portal: &str) -> Browser {
        Browser::new(portal).with(&self.issuer)
    }

    /// Whether a page is of the provider.
    pub(crate) fn is_at(&self, page: &Page) -> bool {
        page.path.starts_with(&self.issuer)
    }

    /// Goes on from a page of the provider as this person, through all that it asks, and comes to where the portal leads.
    pub(crate) async fn go_on(&self, browser: &mut Browser, mut page: Page, person: &str) -> Page {
        while self.is_at(&page) {
            let form = page.forms().into_iter().find(|form| form.action.contains("/interaction/"));
            let form = form.unwrap_or_else(|| panic!("the provider asks nothing at {}: {}", page.path, page.text()));
            page = browser.submit(&form.with_known("login", person).with_known("password", "anything")).await;
        }
        page
    }

    /// Signs in from nothing, and comes to where the portal leads.
    pub(crate) async fn sign_in(&self, browser: &mut Browser, person: &str) -> Page {
        let asked = browser.get("/sign-in").await;
        assert!(self.is_at(&asked), "nobody was asked for a name, at {}: {}", asked.path, asked.text());
        self.go_on(browser, asked, person).await
    }
}

impl Drop for IdentityProvider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
