//! Secrets that members gives out and keeps only as hashes.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use chassis::{
    config::Secret,
    error::{Error, Result},
    ids::{RegionId, UserId},
};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::domain::{identity::InvitationCode, message::MessageKind};

/// Sets these codes apart from everything else that the keys are used for.
const PURPOSE: &[u8] = b"regiopool invitation code v1";

/// What is kept of a secret.
pub(crate) fn hash(secret: &[u8]) -> Vec<u8> {
    Sha256::digest(secret).to_vec()
}

/// A new secret of a session: 32 bytes of chance.
pub(crate) fn new_session() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// Whether both are the same, in a time that tells nothing about where they differ.
pub(crate) fn same(given: &str, expected: &str) -> bool {
    Sha256::digest(given).ct_eq(&Sha256::digest(expected)).into()
}

/// Makes the codes of invitations from a random id, of the user or of a later invitation, with the installation's keys. Without a key a code is pure chance; with it,
/// the repetition of a request can be answered with the same code (D25) although the database holds only its hash.
#[derive(Clone)]
pub(crate) struct Codes {
    keys: Vec<Vec<u8>>,
}

impl std::fmt::Debug for Codes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Codes").field("keys", &self.keys.len()).finish()
    }
}

impl Codes {
    /// With the keys of the setting `token_keys`; the first makes new codes. Errors: `Setting`.
    pub(crate) fn new(token_keys: Option<&Secret>) -> Result<Self> {
        let wrong = || Error::setting("token_keys", "expected kid:base64 of a 32-byte Ed25519 seed, several separated by commas");
        let key = |text: &str| STANDARD.decode(text.trim().split_once(':')?.1).ok();
        let keys: Option<Vec<_>> = token_keys.ok_or_else(wrong)?.expose().split(',').map(key).collect();
        keys.filter(|keys| !keys.is_empty()).map(|keys| Self { keys }).ok_or_else(wrong)
    }

    /// The code for the first invitation of a user, made from the user's id, or for a later one, made from its own.
    pub(crate) fn make(&self, id: Uuid) -> Result<InvitationCode> {
        self.all(id).next().ok_or_else(|| Error::internal("a list of keys has at least one"))
    }

    /// The code that was made from this id: the one with this hash, also when the keys were changed since.
    pub(crate) fn made(&self, id: Uuid, code_hash: &[u8]) -> Option<InvitationCode> {
        self.all(id).find(|code| hash(code.as_bytes()) == code_hash)
    }

    /// The token at the end of a mail, with which somebody stops mail of its kind without signing in.
    pub(crate) fn unsubscribe(&self, region: RegionId, user: UserId, kind: MessageKind) -> Result<String> {
        let key = self.keys.first().ok_or_else(|| Error::internal("a list of keys has at least one"))?;
        let body = [region.0.as_bytes().as_slice(), user.0.as_bytes(), &[u8::try_from(kind.number()).unwrap_or_default()]].concat();
        let mac = stop_mac(key, &body).ok_or_else(|| Error::internal("a key of any length will do"))?;
        Ok(URL_SAFE_NO_PAD.encode([body, mac].concat()))
    }

    /// Whose mail of which kind a token stops; `None` for one that was not made here.
    pub(crate) fn unsubscribed(&self, token: &str) -> Option<(RegionId, UserId, MessageKind)> {
        let bytes = URL_SAFE_NO_PAD.decode(token.trim()).ok().filter(|bytes| bytes.len() == 33 + STOP_MAC)?;
        let (body, mac) = bytes.split_at(33);
        let good = self.keys.iter().filter_map(|key| stop_mac(key, body)).any(|made| made.ct_eq(mac).into());
        let id = |bytes: &[u8]| Uuid::from_slice(bytes).ok();
        let kind = MessageKind::from_number(i32::from(body[32]));
        if good { Some((RegionId(id(&body[..16])?), UserId(id(&body[16..32])?), kind?)) } else { None }
    }

    fn all(&self, id: Uuid) -> impl Iterator<Item = InvitationCode> {
        self.keys.iter().filter_map(move |key| {
            let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
            mac.update(PURPOSE);
            mac.update(id.as_bytes());
            let digest: [u8; 32] = mac.finalize().into_bytes().into();
            digest[..16].try_into().ok().map(InvitationCode::from_entropy)
        })
    }
}

/// Sets these tokens apart from everything else that the keys are used for.
const STOP_PURPOSE: &[u8] = b"regiopool stop mail v1";
const STOP_MAC: usize = 16;

fn stop_mac(key: &[u8], body: &[u8]) -> Option<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(STOP_PURPOSE);
    mac.update(body);
    Some(mac.finalize().into_bytes()[..STOP_MAC].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(seeds: &[u8]) -> Codes {
        let keys: Vec<String> = seeds.iter().map(|seed| format!("k{seed}:{}", STANDARD.encode([*seed; 32]))).collect();
        Codes::new(Some(&Secret::from(keys.join(",").as_str()))).expect("keys")
    }

    #[test]
    fn a_code_can_be_told_again_after_the_keys_changed_but_not_without_the_key() {
        let user = UserId::new().0;
        let code = codes(&[1]).make(user).expect("a code");
        let kept = hash(code.as_bytes());
        assert_eq!(codes(&[2, 1]).made(user, &kept), Some(code.clone()));
        assert_ne!(codes(&[2, 1]).make(user).expect("a code"), code);
        assert_eq!(codes(&[2]).made(user, &kept), None);
        assert_eq!(codes(&[1]).made(UserId::new().0, &kept), None);
        assert!(Codes::new(None).is_err());
    }

    #[test]
    fn a_token_stops_what_it_was_made_for_and_nothing_else() {
        let (region, user) = (RegionId::new(), UserId::new());
        let token = codes(&[1]).unsubscribe(region, user, MessageKind::Openings).expect("a token");
        assert_eq!(codes(&[2, 1]).unsubscribed(&token), Some((region, user, MessageKind::Openings)));
        assert_eq!(codes(&[2]).unsubscribed(&token), None);
        let mut other = URL_SAFE_NO_PAD.decode(&token).expect("base64");
        other[32] = 1;
        for bad in [String::new(), "x".to_owned(), token[1..].to_owned(), URL_SAFE_NO_PAD.encode(other)] {
            assert_eq!(codes(&[1]).unsubscribed(&bad), None, "{bad}");
        }
    }

    #[test]
    fn secrets_are_the_same_only_when_they_are() {
        assert!(same("a secret", "a secret"));
        for other in ["", "a secre", "a secret ", "A secret"] {
            assert!(!same(other, "a secret"), "{other}");
        }
        assert_ne!(new_session(), new_session());
    }
}
