//! Keyset pages: a page ends with the key of its last row, hidden in a token that is bound to the list it came from.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

const DEFAULT_SIZE: i32 = 50;
const MAX_SIZE: i32 = 200;

/// Which page of a list is wanted. `K` is the sort key of its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<K> {
    /// At most so many rows.
    pub size: u64,
    /// Only rows whose key comes after this one.
    pub after: Option<K>,
    list: String,
}

impl<K: Serialize + DeserializeOwned> Page<K> {
    /// The page that a request asks for. `list` names the list and its filter: a token of another list is refused.
    pub fn parse(page_size: i32, page_token: &str, list: impl Into<String>) -> Result<Self> {
        let list = list.into();
        let size = match page_size {
            0 => DEFAULT_SIZE,
            1..=MAX_SIZE => page_size,
            i32::MIN..=-1 => return Err(Error::invalid("page_size", "is negative")),
            _ => MAX_SIZE,
        };
        let after = if page_token.is_empty() { None } else { Some(decode(page_token, &list)?) };
        Ok(Self { size: u64::from(size.unsigned_abs()), after, list })
    }

    /// So many rows to load: one more than the page shows, to know whether there is a next one.
    pub fn limit(&self) -> u64 {
        self.size + 1
    }

    /// Cuts what was loaded to the page and gives the token of the next one, empty on the last.
    pub fn cut<R>(&self, mut rows: Vec<R>, key: impl Fn(&R) -> K) -> (Vec<R>, String) {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        if rows.len() <= size {
            return (rows, String::new());
        }
        rows.truncate(size);
        let token = rows.last().map(|row| self.token(&key(row))).unwrap_or_default();
        (rows, token)
    }

    /// The token of the page that goes on after this key.
    pub fn token(&self, key: &K) -> String {
        encode(key, &self.list)
    }
}

fn fingerprint(list: &str) -> [u8; 8] {
    let digest = Sha256::digest(list.as_bytes());
    let mut short = [0; 8];
    short.copy_from_slice(&digest[..8]);
    short
}

fn encode<K: Serialize>(key: &K, list: &str) -> String {
    let mut bytes = fingerprint(list).to_vec();
    bytes.extend(serde_json::to_vec(key).unwrap_or_default());
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decode<K: DeserializeOwned>(token: &str, list: &str) -> Result<K> {
    let wrong = || Error::invalid("page_token", "is not a token of this list");
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| wrong())?;
    let (head, key) = bytes.split_at_checked(8).ok_or_else(wrong)?;
    if head != fingerprint(list) {
        return Err(wrong());
    }
    serde_json::from_slice(key).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_of_a_list_give_every_row_once() {
        let all: Vec<i64> = (0..120).collect();
        let (mut seen, mut token) = (Vec::new(), String::new());
        loop {
            let page = Page::<i64>::parse(0, &token, "numbers").expect("page");
            let rows = all
                .iter()
                .copied()
                .filter(|n| page.after.is_none_or(|a| *n > a))
                .take(usize::try_from(page.limit()).expect("small"))
                .collect();
            let (rows, next) = page.cut(rows, |n| *n);
            seen.extend(rows);
            token = next;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn a_token_of_another_list_is_refused() {
        let page = Page::<i64>::parse(1, "", "a").expect("page");
        let (_, token) = page.cut(vec![1, 2], |n| *n);
        assert!(Page::<i64>::parse(1, &token, "a").is_ok());
        for (token, list) in [(token.as_str(), "b"), ("nonsense!", "a"), ("AAAA", "a")] {
            assert!(matches!(Page::<i64>::parse(1, token, list), Err(Error::Invalid(_))), "{token}");
        }
        assert!(Page::<i64>::parse(-1, "", "a").is_err());
        assert_eq!(Page::<i64>::parse(1000, "", "a").expect("page").size, 200);
    }
}
