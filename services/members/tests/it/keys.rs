//! Keys of a provider, and tokens signed with them in every way that providers and forgers know.

use ed25519_dalek::{SigningKey, pkcs8::EncodePrivateKey};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

/// A token that says this, signed with any Ed25519 key.
pub(crate) fn sign(kid: &str, key: &SigningKey, claims: &Value) -> String {
    let der = key.to_pkcs8_der().expect("a key");
    signed(&header(Algorithm::EdDSA, kid), claims, &EncodingKey::from_ed_der(der.as_bytes()))
}

/// A token signed the way most providers do.
pub(crate) fn sign_rsa(claims: &Value) -> String {
    signed(&header(Algorithm::RS256, "rsa"), claims, &EncodingKey::from_rsa_pem(RSA_PRIVATE.as_bytes()).expect("a key"))
}

/// The same with RSA's other padding.
pub(crate) fn sign_rsa_pss(claims: &Value) -> String {
    signed(&header(Algorithm::PS256, "rsa-pss"), claims, &EncodingKey::from_rsa_pem(RSA_PRIVATE.as_bytes()).expect("a key"))
}

/// A token signed on the elliptic curve that providers use most.
pub(crate) fn sign_ec(claims: &Value) -> String {
    signed(&header(Algorithm::ES256, "ec"), claims, &EncodingKey::from_ec_pem(EC_PRIVATE.as_bytes()).expect("a key"))
}

/// A token signed with a shared secret, under the name of any key.
pub(crate) fn sign_shared(kid: &str, secret: &[u8], claims: &Value) -> String {
    signed(&header(Algorithm::HS256, kid), claims, &EncodingKey::from_secret(secret))
}

fn header(algorithm: Algorithm, kid: &str) -> Header {
    Header { kid: Some(kid.to_owned()), ..Header::new(algorithm) }
}

/// A token with this header.
pub(crate) fn signed(header: &Header, claims: &Value, key: &EncodingKey) -> String {
    jsonwebtoken::encode(header, claims, key).expect("a token")
}

/// The public halves of the keys that every provider of these tests has.
pub(crate) fn fixed() -> Vec<Value> {
    vec![
        json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "rsa", "n": RSA_MODULUS, "e": "AQAB" }),
        json!({ "kty": "RSA", "use": "sig", "alg": "PS256", "kid": "rsa-pss", "n": RSA_MODULUS, "e": "AQAB" }),
        json!({ "kty": "EC", "use": "sig", "alg": "ES256", "kid": "ec", "crv": "P-256", "x": EC_X, "y": EC_Y }),
        // Nobody must stumble over what is not for us: a key to encrypt with, a kind that we do not know.
        json!({ "kty": "RSA", "use": "enc", "alg": "RSA-OAEP", "kid": "enc", "n": RSA_MODULUS, "e": "AQAB" }),
        json!({ "kty": "AKP", "use": "sig", "alg": "ML-DSA-44", "kid": "later", "pub": "AA" }),
    ]
}

const EC_PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgiSYTIAjtz0kqIyoW
g2X3zyZnycUwW8BxfifC5FN1oHShRANCAASuWWsqe4y2dMJHre9TTo6Dt7itkKse
mVevsCJov1dd2NziMYbDL0b/eujNWTmVYsE5IxbgfN7vbPAhw3Xzv1Vv
-----END PRIVATE KEY-----
";

const EC_X: &str = "rllrKnuMtnTCR63vU06Og7e4rZCrHplXr7AiaL9XXdg";

const EC_Y: &str = "3OIxhsMvRv966M1ZOZViwTkjFuB83u9s8CHDdfO_VW8";

/// Keys that sign nothing but tokens of these tests.
pub(crate) const RSA_PRIVATE: &str = "-----BEGIN RSA PRIVATE KEY-----
MIIEowIBAAKCAQEApDSwSwZRfozEPmLttL/zaQ0be9RJAxzX6M2e3br4ORE8biZM
DeErGTsaYqBuxtJxsifiDcMkqO4gDvqKH43TiFtJOZKHxIDAkR8dYcrxK3xc4HUD
wvCzLYSCKr+3F787fzFjW8tDDBYhyJaasMqrkgVkKSCe3DwDseWPYAEJErUtsJ+Z
E0YiwACnmbDEniBHBEQlul/DLOq9XIPnNGrr/du8lR9RuQm+yUE7qCKN5wtWhVRT
JwR1J+VOJ4ZGDOmNxX8qJ9F77zqybwFKN/S0H9xduMiG5mGA96kxTFxhjGupjozN
zMnk+U+SAVM8PToEsKtawdR0SNkuPY9DwKEg8QIDAQABAoIBAAt9cQKRmsfnU19m
2RRHRDc1xsEM8zOdDpHzOr/Fh/388e9mjaGA/9zgRlyKtlsCOcN0x/wc4Lv+DE86
rR8/yNf8meybOhXVc+QTuyDEgcirB0K2MsEEH72PzUiZfqx84fhop80HYECAbJ/B
GL+bMZM3qQZkX8lbB7Uoh4ujtuil7oPAxMeJAtN9ykCAgKuafJkHJL98ZvOsE3HS
vJKEOz6zCjBdiZtdG7yGaNYYWqAiTtbuzyZBnu+7SSqLB6cy3tR/GWualbspGI0X
EJvgbSUElDhaEGKHE9c25vOZ3y1pJzvpBo7hjHxV9mTQ9Rm7Ga7wB4jLPX7F6/Dn
RAC0swsCgYEAzz6qoChtm9Yvo01sLydMXKnjFMCWENlclzETtKwq8Y8zbe20OtOU
FmGnfuQDulspGtCjVV+8/g5BxIbUDpRAexGz8hjDhyEvebJ6Csv6Hv5AlStMjsMY
wWs6qQj4Ied13jKykfL+xEspGN3qDmuep1phghdk5Mpn5NfCgKjLMsMCgYEAytX/
GkO9IAeG6lLLXu1q1X4cmexyZCP92LqK4xu6whAmZGcbCgsvRtN2kQ45v8kNUlQ8
1dxM6npqhN1Df0t89gtIjtqbhEvaZEJxn5djsFbe75F6egtwqRdKOmEQCoCvFccw
Dkju6xh4XRb6zP/+q9B3WpZtFo9ADndrX3U++jsCgYA8lr2bhTZGUSAsRf5S6tJQ
ZPqWnpdA5ctECH0SXSNQ6+TFRrFiYWjyAirN1iug1/X0ePrHgu3l+JURt7lXadBQ
KqTJKqQ/ZVxT3/H+JhRB62NGORpwwmkCYy8LLCwe/WRgScIbGUeSa8bgFkDPZndD
xhCrz9sXaHVnWgzrQG3nsQKBgGUyWQEIlL37I2ObBR4KQ4faUHi3D+dIUaikgRCH
0ChsGEt1aXccV2z1qaz7NPKrYzsVDfkA3VsK0kQRhFBpICI9ROkIxhg+I+prf/bI
eBMNdFJ/+WQUexPRq9XugStMQo4R/7bQymp+neaLxXsrqSqdaj7G2AwuUh4llGte
upnrAoGBAMGA3z3wC3OMynVpAb4Uw7FAK/fBSuCGKbfSh2h/jg7WuNPhSKycOBOM
+gp8mRyPqJneYCMVBdg4kjw6HZahiSDtncCEa7QmHhhC5sayqZ2f7a8ZNlb5+fEL
PcfVvaLB3khv2aPgntHAeL62VbRg9VWUyuXRH1r/VVhaMCLQq+K+
-----END RSA PRIVATE KEY-----
";

pub(crate) const RSA_MODULUS: &str = "pDSwSwZRfozEPmLttL_zaQ0be9RJAxzX6M2e3br4ORE8biZMDeErGTsaYqBuxtJxsifiDcMkqO4gDvqKH43TiFtJOZKHxIDAkR8dYcrxK3xc4HUDwvCzLYSC\
    Kr-3F787fzFjW8tDDBYhyJaasMqrkgVkKSCe3DwDseWPYAEJErUtsJ-ZE0YiwACnmbDEniBHBEQlul_DLOq9XIPnNGrr_du8lR9RuQm-yUE7qCKN5wtWhVRT\
    JwR1J-VOJ4ZGDOmNxX8qJ9F77zqybwFKN_S0H9xduMiG5mGA96kxTFxhjGupjozNzMnk-U-SAVM8PToEsKtawdR0SNkuPY9DwKEg8Q";
