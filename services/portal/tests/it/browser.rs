//! A browser as far as these tests need one: cookies, forms, and every answer as it comes, redirects too.

use std::collections::BTreeMap;

use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, header, redirect::Policy};
use scraper::{ElementRef, Html, Selector};

/// One person's browser.
#[derive(Clone)]
pub(crate) struct Browser {
    client: Client,
    pub(crate) origin: String,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) language: &'static str,
}

/// An answer.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: header::HeaderMap,
    pub(crate) body: String,
}

/// The fields of a form.
pub(crate) type Fields = Vec<(String, String)>;

impl Browser {
    /// Opens one at this address.
    pub(crate) fn new(origin: &str) -> Self {
        // The first one chooses for the whole process; later ones find it chosen.
        let _ = chosen();
        let client = Client::builder().redirect(Policy::none()).no_proxy().tls_certs_only([]).build().expect("an HTTP client");
        Self { client, origin: origin.to_owned(), cookies: BTreeMap::new(), language: "en" }
    }

    /// The same person with the same cookies at another address.
    pub(crate) fn at(&self, origin: &str) -> Self {
        Self { origin: origin.to_owned(), ..self.clone() }
    }

    /// A request with this browser's cookies.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = self.client.request(method, format!("{}{path}", self.origin)).header(header::ACCEPT_LANGUAGE, self.language);
        if cookies.is_empty() { request } else { request.header(header::COOKIE, cookies.join("; ")) }
    }

    /// Sends a request and keeps the cookies of the answer, but does not go where it leads.
    pub(crate) async fn send(&mut self, request: RequestBuilder) -> Page {
        let response: Response = request.send().await.expect("the portal answers");
        let headers = response.headers().clone();
        for cookie in headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("a cookie is plain ASCII");
            let (pair, attributes) = cookie.split_once(';').expect("a cookie has attributes");
            let (name, value) = pair.split_once('=').expect("a cookie has a name");
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Page { status: response.status(), headers, body: response.text().await.expect("a body") }
    }

    /// Asks for a page.
    pub(crate) async fn get(&mut self, path: &str) -> Page {
        let request = self.request(Method::GET, path);
        self.send(request).await
    }

    /// Sends a form from an own page.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(String, String)]) -> Page {
        let request = self.request(Method::POST, path).header(header::ORIGIN, &self.origin).form(fields);
        self.send(request).await
    }

    /// Asks for a page and for where it leads, until a page is shown.
    pub(crate) async fn follow(&mut self, mut page: Page) -> Page {
        while page.status.is_redirection() {
            page = self.get(&page.leads_to(&self.origin)).await;
        }
        page
    }

    /// Signs in as this subject of the demo's provider, and comes to where the portal leads.
    pub(crate) async fn sign_in(&mut self, subject: &str) -> Page {
        let page = self.sign_in_with(subject, |_| {}).await;
        self.follow(page).await
    }

    /// The same, after the form of the provider was changed; gives the first answer of the portal.
    pub(crate) async fn sign_in_with(&mut self, subject: &str, change: impl FnOnce(&mut Fields)) -> Page {
        let to = self.get("/sign-in").await.leads_to(&self.origin);
        let asked = self.get(&to).await;
        assert_eq!(asked.status, StatusCode::OK, "{}", asked.text());
        let mut fields = with(asked.form("/demo-issuer/authorize"), &[("subject", subject)]);
        change(&mut fields);
        let chosen = self.post("/demo-issuer/authorize", &fields).await;
        if !chosen.status.is_redirection() {
            return chosen;
        }
        self.get(&chosen.leads_to(&self.origin)).await
    }
}

fn chosen() -> Result<(), std::sync::Arc<rustls::crypto::CryptoProvider>> {
    rustls::crypto::ring::default_provider().install_default()
}

/// The fields with these set.
pub(crate) fn with(mut fields: Fields, set: &[(&str, &str)]) -> Fields {
    for (name, value) in set {
        match fields.iter_mut().find(|(field, _)| field == name) {
            Some((_, old)) => (*value).clone_into(old),
            None => fields.push(((*name).to_owned(), (*value).to_owned())),
        }
    }
    fields
}

impl Page {
    /// Where a redirect leads, without the origin.
    pub(crate) fn leads_to(&self, origin: &str) -> String {
        let to = self.headers.get(header::LOCATION).unwrap_or_else(|| panic!("{} leads nowhere: {}", self.status, self.text()));
        let to = to.to_str().expect("an address is plain ASCII");
        to.strip_prefix(origin).unwrap_or(to).to_owned()
    }

    /// What a person reads.
    pub(crate) fn text(&self) -> String {
        let html = Html::parse_document(&self.body);
        let body = Selector::parse("body").expect("a selector");
        let words: Vec<&str> = html.select(&body).flat_map(|body| body.text()).flat_map(str::split_whitespace).collect();
        words.join(" ")
    }

    /// The text of every element that a selector finds.
    pub(crate) fn all(&self, selector: &str) -> Vec<String> {
        let html = Html::parse_document(&self.body);
        let selector = Selector::parse(selector).expect("a selector");
        let text = |element: ElementRef<'_>| element.text().flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
        html.select(&selector).map(text).collect()
    }

    /// An attribute of every element that a selector finds.
    pub(crate) fn attributes(&self, selector: &str, attribute: &str) -> Vec<String> {
        let html = Html::parse_document(&self.body);
        let selector = Selector::parse(selector).expect("a selector");
        html.select(&selector).filter_map(|element| element.attr(attribute).map(str::to_owned)).collect()
    }

    /// Where the form is sent whose address ends so.
    pub(crate) fn action(&self, end: &str) -> String {
        let found = self.attributes("form", "action").into_iter().find(|action| action.ends_with(end));
        let action = found.unwrap_or_else(|| panic!("no form for {end}: {}", self.text()));
        action.split('#').next().unwrap_or_default().to_owned()
    }

    /// The fields of the form that is sent to an address that ends so, as they stand.
    pub(crate) fn form(&self, action: &str) -> Fields {
        let html = Html::parse_document(&self.body);
        let (form, field) = (Selector::parse("form").expect("a selector"), Selector::parse("input, select, textarea").expect("a selector"));
        let option = Selector::parse("option[selected]").expect("a selector");
        let found = html.select(&form).find(|form| form.attr("action").is_some_and(|to| to.ends_with(action)));
        let found = found.unwrap_or_else(|| panic!("no form for {action}: {}", self.text()));
        let value = |field: ElementRef<'_>| {
            let name = field.attr("name")?.to_owned();
            if field.attr("type") == Some("checkbox") && field.attr("checked").is_none() {
                return None;
            }
            if field.value().name() == "textarea" {
                return Some((name, field.text().collect()));
            }
            let chosen = field.select(&option).next().and_then(|option| option.attr("value"));
            Some((name, chosen.or(field.attr("value")).unwrap_or_default().to_owned()))
        };
        found.select(&field).filter_map(value).collect()
    }
}
