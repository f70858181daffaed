//! Single values of a map: signs, encodings, titles, file names, days, and the values of the API under names that people write.

use std::{collections::BTreeMap, fmt, marker::PhantomData, path::Path};

use chassis::time::LocalDate;
use chrono::NaiveDate;
use proto::{
    flexpool::WorkKind,
    members::{AssessmentResult, Basis, Branch, ClaimMode, CollectiveAgreement, EmploymentKind, FunctionLevel, OrganisationKind, PoolKind},
};
use serde::{Deserialize, de};

use super::notation::key;

/// What stands between two cells: one ASCII character.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "char")]
pub(super) struct Separator(pub(super) u8);

impl TryFrom<char> for Separator {
    type Error = &'static str;

    fn try_from(sign: char) -> Result<Self, Self::Error> {
        match u8::try_from(sign) {
            Ok(byte) if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !matches!(byte, b'"' | b'\r' | b'\n') => Ok(Self(byte)),
            _ => Err("expected one sign that can stand between cells, such as \";\", \",\" or \"\\t\""),
        }
    }
}

/// How letters are written as bytes: a label of the WHATWG encoding standard, such as `utf-8` or `windows-1252`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Encoding(pub(super) &'static encoding_rs::Encoding);

impl TryFrom<String> for Encoding {
    type Error = String;

    fn try_from(label: String) -> Result<Self, String> {
        let known = encoding_rs::Encoding::for_label_no_replacement(label.as_bytes());
        known.map(Self).ok_or_else(|| format!("{label:?} is no encoding: expected a label such as \"utf-8\" or \"windows-1252\""))
    }
}

/// Where a value stands: a column, several whose texts are joined by a blank, a part of one, or nowhere since it is always the same.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    untagged,
    expecting = "expected the title of a column, a list of titles, { column = \"…\", before = \"…\", after = \"…\" } or { always = \"…\" }"
)]
pub(super) enum Column {
    One(String),
    Several(Vec<String>),
    Part(Part),
    Always(Always),
}

/// A part of a column's text: what stands before the first of one sign, or after it. Without the sign it is the whole text before, and
/// nothing after it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    pub(super) column: String,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
}

/// What a file does not say since it is the same in every row.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Always {
    pub(super) always: String,
}

impl Column {
    /// The titles that it names.
    pub(super) fn titles(&self) -> &[String] {
        match self {
            Self::One(title) => std::slice::from_ref(title),
            Self::Several(titles) => titles,
            Self::Part(part) => std::slice::from_ref(&part.column),
            Self::Always(_) => &[],
        }
    }
}

/// What contract hours are written as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Hours {
    /// Hours a week.
    #[default]
    #[serde(rename = "hours")]
    AWeek,
    /// A part of a full week: `0,67`.
    Share,
    /// Hundredths of a full week: `66,7`.
    Percent,
}

/// The name of a file in the folder that is imported, without a path.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct FileName(pub(super) String);

impl TryFrom<String> for FileName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        if Path::new(&name).file_name().is_some_and(|file| file == name.as_str()) {
            Ok(Self(name))
        } else {
            Err(format!("{name:?} is no file name: expected the name of a file in the imported folder"))
        }
    }
}

/// A day, written as TOML writes one: `2026-12-01`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "toml::value::Datetime")]
pub(super) struct Day(pub(super) LocalDate);

impl TryFrom<toml::value::Datetime> for Day {
    type Error = &'static str;

    fn try_from(value: toml::value::Datetime) -> Result<Self, Self::Error> {
        let toml::value::Datetime { date: Some(date), time: None, offset: None } = value else {
            return Err("expected a day such as 2026-12-01, without a time");
        };
        let day = NaiveDate::from_ymd_opt(date.year.into(), date.month.into(), date.day.into());
        day.map(|day| Self(LocalDate(day))).ok_or("a day that does not exist")
    }
}

/// A value of a proto enum under a name that people write: `own-extra-hours` for `BASIS_OWN_EXTRA_HOURS`. A value that the contract gets
/// later needs no code here.
#[derive(Clone, Copy)]
pub(super) struct Name<E>(pub(super) E);

impl<E: fmt::Debug> fmt::Debug for Name<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An enum of the contract.
pub(crate) trait Named: TryFrom<i32> + Copy {
    const PREFIX: &'static str;
    const WHAT: &'static str;
    fn proto_name(self) -> &'static str;

    /// The name that people write.
    fn name(self) -> String {
        self.proto_name().trim_start_matches(Self::PREFIX).to_lowercase().replace('_', "-")
    }

    /// Every value that a request may have.
    fn all() -> impl Iterator<Item = Self> {
        (1..).map_while(|number| Self::try_from(number).ok())
    }
}

macro_rules! named {
    ($($type:ident $prefix:literal $what:literal;)*) => { $(
        impl Named for $type {
            const PREFIX: &'static str = $prefix;
            const WHAT: &'static str = $what;

            fn proto_name(self) -> &'static str {
                self.as_str_name()
            }
        }
    )* };
}

named! {
    FunctionLevel "FUNCTION_LEVEL_" "function level";
    EmploymentKind "EMPLOYMENT_KIND_" "kind of contract";
    Basis "BASIS_" "legal basis";
    Branch "BRANCH_" "branch";
    WorkKind "WORK_KIND_" "kind of work";
    OrganisationKind "ORGANISATION_KIND_" "kind of organisation";
    CollectiveAgreement "COLLECTIVE_AGREEMENT_" "collective agreement";
    PoolKind "POOL_KIND_" "kind of pool";
    ClaimMode "CLAIM_MODE_" "way of claiming";
    AssessmentResult "ASSESSMENT_RESULT_" "assessment";
}

impl<'de, E: Named> Deserialize<'de> for Name<E> {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<E>(PhantomData<E>);

        impl<E: Named> de::Visitor<'_> for Visitor<E> {
            type Value = Name<E>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a {}", E::WHAT)
            }

            fn visit_str<X: de::Error>(self, text: &str) -> Result<Name<E>, X> {
                let all = || E::all().map(E::name).collect::<Vec<_>>().join(", ");
                let found = E::all().find(|value| value.name() == text);
                found.map(Name).ok_or_else(|| X::custom(format!("{text:?} is no {}: expected one of {}", E::WHAT, all())))
            }
        }

        deserializer.deserialize_str(Visitor(PhantomData))
    }
}

/// Every value under its own name.
pub(super) fn all_names<E: Named>() -> BTreeMap<String, E> {
    E::all().map(|value| (value.name(), value)).collect()
}

/// Values by the look-up keys of what the system calls them. Errors: two that are one key.
pub(super) fn by_key<'de, D: de::Deserializer<'de>, E: Named>(deserializer: D) -> Result<BTreeMap<String, E>, D::Error> {
    let written: BTreeMap<String, Name<E>> = BTreeMap::deserialize(deserializer)?;
    let mut values = BTreeMap::new();
    for (title, value) in written {
        if values.insert(key(&title), value.0).is_some() {
            return Err(de::Error::custom(format!("{title:?} stands twice, in another case")));
        }
    }
    Ok(values)
}

/// The region's codes by the look-up keys of what the system calls them. Errors: two that are one key.
pub(super) fn words_by_key<'de, D: de::Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    let written: BTreeMap<String, String> = BTreeMap::deserialize(deserializer)?;
    let count = written.len();
    let values: BTreeMap<String, String> = written.into_iter().map(|(word, code)| (key(&word), code)).collect();
    if values.len() == count { Ok(values) } else { Err(de::Error::custom("a skill stands twice, in another case")) }
}
