//! A browser as far as the portal needs one: pages, forms, links, cookies, redirects. Without JavaScript, as the pages must work.
//!
//! Pages of the portal are known by their path, those of another site by their whole address. Another site is only gone to when the test says
//! that it may be.

use std::collections::BTreeMap;

use reqwest::{Client, Method, RequestBuilder, StatusCode, header, redirect::Policy};
use scraper::{ElementRef, Html, Selector};

const REDIRECTS: usize = 10;

/// One person's browser.
pub(crate) struct Browser {
    client: Client,
    origin: String,
    elsewhere: Vec<String>,
    cookies: BTreeMap<String, String>,
}

/// What it shows.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    /// Where it is, in the portal without the origin.
    pub(crate) path: String,
    pub(crate) body: String,
}

/// A form as a person finds it, with what is filled in.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    pub(crate) action: String,
    fields: Vec<(String, String)>,
}

impl Browser {
    /// Opens one for the portal at this address.
    pub(crate) fn new(origin: &str) -> Self {
        // The first one chooses for the whole process; later ones find it chosen.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().redirect(Policy::none()).no_proxy().tls_certs_only([]).build().expect("an HTTP client");
        Self { client, origin: origin.to_owned(), elsewhere: Vec::new(), cookies: BTreeMap::new() }
    }

    /// The same, which may be led to this other site.
    pub(crate) fn with(mut self, elsewhere: &str) -> Self {
        self.elsewhere.push(elsewhere.to_owned());
        self
    }

    /// Whether it keeps a cookie of this name.
    pub(crate) fn has(&self, cookie: &str) -> bool {
        self.cookies.contains_key(cookie)
    }

    /// Goes to a page, and on to where it leads.
    pub(crate) async fn get(&mut self, path: &str) -> Page {
        let request = self.request(Method::GET, path);
        self.follow(request, path).await
    }

    /// Sends a form, and goes on to where that leads.
    pub(crate) async fn submit(&mut self, form: &Form) -> Page {
        let origin = origin(&form.action).unwrap_or(&self.origin);
        let request = self.request(Method::POST, &form.action).header(header::ORIGIN, origin).form(&form.fields);
        self.follow(request, &form.action).await
    }

    /// Signs in at the demo's identity provider as this subject, and comes to where the portal leads.
    pub(crate) async fn sign_in(&mut self, subject: &str) -> Page {
        let asked = self.get("/sign-in").await;
        assert_eq!(asked.status, StatusCode::OK, "{}", asked.text());
        let form = asked.forms().into_iter().find(|form| form.action.contains("/demo-issuer/authorize"));
        let form = form.unwrap_or_else(|| panic!("no form of the demo's provider at {}: {}", asked.path, asked.text()));
        self.submit(&form.with("subject", subject)).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let url = if path.starts_with('/') { format!("{}{path}", self.origin) } else { path.to_owned() };
        let request = self.client.request(method, url).header(header::ACCEPT_LANGUAGE, "en");
        if cookies.is_empty() { request } else { request.header(header::COOKIE, cookies.join("; ")) }
    }

    async fn follow(&mut self, first: RequestBuilder, path: &str) -> Page {
        let (mut request, mut path) = (first, path.to_owned());
        for _ in 0..REDIRECTS {
            let response = request.send().await.expect("the portal answers");
            for cookie in response.headers().get_all(header::SET_COOKIE) {
                self.keep(cookie.to_str().expect("a cookie is plain ASCII"));
            }
            let status = response.status();
            let Some(to) = response.headers().get(header::LOCATION).filter(|_| status.is_redirection()) else {
                return Page { status, path, body: response.text().await.expect("a page") };
            };
            let to = to.to_str().expect("an address is plain ASCII");
            path = beside(&path, to);
            path = path.strip_prefix(&self.origin).unwrap_or(&path).to_owned();
            let may = path.starts_with('/') || self.elsewhere.iter().any(|site| origin(&path) == Some(site));
            assert!(may, "the portal at {} leads away, to {to}", self.origin);
            request = self.request(Method::GET, &path);
        }
        panic!("more than {REDIRECTS} redirects, the last to {path}");
    }

    fn keep(&mut self, cookie: &str) {
        let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
        let (name, value) = pair.split_once('=').expect("a cookie has a name");
        if value.is_empty() || attributes.to_lowercase().contains("max-age=0") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

/// Scheme, host and port of a whole address; `None` of a path in the portal.
fn origin(url: &str) -> Option<&str> {
    let host = url.find("://")? + 3;
    Some(url[host..].find('/').map_or(url, |path| &url[..host + path]))
}

/// Where a link leads that stands on the page at `path`.
fn beside(path: &str, link: &str) -> String {
    match origin(path) {
        Some(site) if link.starts_with('/') => format!("{site}{link}"),
        _ => link.to_owned(),
    }
}

impl Page {
    /// What a person reads on it.
    pub(crate) fn text(&self) -> String {
        let html = Html::parse_document(&self.body);
        let body = Selector::parse("body").expect("a selector");
        let words: Vec<&str> = html.select(&body).flat_map(|body| body.text()).flat_map(str::split_whitespace).collect();
        format!("{} {}", self.status, words.join(" "))
    }

    /// Its forms, each with the values that stand in it.
    pub(crate) fn forms(&self) -> Vec<Form> {
        let html = Html::parse_document(&self.body);
        let (form, field) = (Selector::parse("form"), Selector::parse("input, select, textarea, button"));
        let (form, field) = (form.expect("a selector"), field.expect("a selector"));
        let read = |form: ElementRef<'_>| Form {
            action: beside(&self.path, form.attr("action").unwrap_or(&self.path)),
            fields: form.select(&field).filter_map(value).collect(),
        };
        html.select(&form).map(read).collect()
    }

    /// Where its links lead.
    pub(crate) fn links(&self) -> Vec<String> {
        let html = Html::parse_document(&self.body);
        let link = Selector::parse("a[href]").expect("a selector");
        html.select(&link).filter_map(|link| link.attr("href")).map(|link| beside(&self.path, link)).collect()
    }

    /// Its form that is sent there.
    pub(crate) fn form(&self, action: &str) -> Form {
        let found = self.forms().into_iter().find(|form| form.action == action);
        found.unwrap_or_else(|| panic!("no form for {action} at {}: {}", self.path, self.text()))
    }
}

/// What a field sends as it stands; nothing for what is not chosen, and for buttons.
fn value(field: ElementRef<'_>) -> Option<(String, String)> {
    let name = field.attr("name")?.to_owned();
    let given = || field.attr("value").unwrap_or_default().to_owned();
    let value = match (field.value().name(), field.attr("type").unwrap_or_default()) {
        ("select", _) => {
            let option = |of: &str| field.select(&Selector::parse(of).expect("a selector")).next()?.attr("value").map(str::to_owned);
            option("option[selected]").or_else(|| option("option"))?
        }
        ("textarea", _) => field.text().collect(),
        ("button", _) | (_, "submit") => return None,
        (_, "checkbox" | "radio") if field.attr("checked").is_none() => return None,
        _ => given(),
    };
    Some((name, value))
}

impl Form {
    /// The same with a field filled in, if it has it.
    pub(crate) fn with_known(self, name: &str, value: &str) -> Self {
        if self.fields.iter().any(|(field, _)| field == name) { self.with(name, value) } else { self }
    }

    /// What its fields are called.
    pub(crate) fn names(&self) -> Vec<String> {
        self.fields.iter().map(|(name, _)| name.clone()).collect()
    }

    /// The same with a field filled in.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        match self.fields.iter_mut().find(|(field, _)| field == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.fields.push((name.to_owned(), value.to_owned())),
        }
        self
    }
}
