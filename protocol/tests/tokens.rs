//! Tokens: only good ones speak for a player.

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use turnlog_domain::Timestamp;
use turnlog_protocol::token::{
    Claims, Expected, Identity, PublicKeys, TokenError, TokenKeys, is_guest, verify, verify_guest,
};

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const OTHER: &str = "fedcba9876543210fedcba9876543210";
/// When the tests happen, in seconds since 1970.
const NOW: u64 = 1_700_000_000;
/// The same, for times with fractions.
const NOW_EXACT: f64 = 1_700_000_000.0;

fn secrets(text: &str) -> TokenKeys {
    TokenKeys::parse(text).expect("they are secrets")
}

fn claims() -> Claims {
    let (sub, name) = ("ada".to_owned(), "Ada".to_owned());
    Claims { sub, name, iat: NOW, exp: NOW + 60, aud: None, iss: None }
}

/// What a token says of its bearer at a time in milliseconds.
fn check_at(token: &str, secrets: &TokenKeys, expected: &Expected, ms: u64) -> Result<Identity, TokenError> {
    verify(token, secrets, &PublicKeys::default(), expected, Timestamp::from_ms(ms))
}

fn check(token: &str, text: &str) -> Result<Identity, TokenError> {
    check_at(token, &secrets(text), &Expected::default(), NOW * 1000)
}

/// A token signed with `SECRET`.
fn signed(header: &Header, claims: &Value) -> String {
    encode(header, claims, &EncodingKey::from_secret(SECRET.as_bytes())).expect("it signs")
}

/// Good claims with some of them others.
fn with(changes: Value) -> Value {
    let mut claims = json!({ "sub": "ada", "exp": NOW + 60 });
    claims.as_object_mut().expect("it is one").extend(changes.as_object().expect("it is one").clone());
    claims
}

#[test]
fn a_good_token_says_who_it_is_and_until_when() {
    let identity = check(&secrets(SECRET).sign(&claims()), SECRET).expect("it is good");
    assert_eq!((identity.player_id.as_str(), identity.name.as_str()), ("ada", "Ada"));
    assert_eq!(identity.expires_at, Timestamp::from_ms((NOW + 60 + 30) * 1000), "the leeway counts");
}

/// What RFC 7519 says of each claim, with audience and issuer as a template may configure them.
#[test]
fn every_claim_is_judged_as_the_rfc_says() {
    use TokenError::{Audience, Early, Expired, Issuer, Malformed};
    let plain = ("", "");
    let named = ("game, app", "https://login.example");
    let ours = json!({ "aud": "game", "iss": "https://login.example" });
    let cases = [
        // Times are numbers, with or without fractions (section 2), and count with a leeway of 30 s.
        (plain, json!({ "exp": NOW_EXACT + 0.5 }), None),
        (plain, json!({ "exp": NOW_EXACT + 60.25, "iat": NOW_EXACT - 0.75, "nbf": NOW_EXACT - 0.5 }), None),
        (plain, json!({ "exp": NOW - 29 }), None),
        (plain, json!({ "exp": NOW_EXACT - 29.999 }), None),
        (plain, json!({ "exp": NOW - 30 }), Some(Expired)),
        (plain, json!({ "exp": NOW_EXACT - 30.001 }), Some(Expired)),
        (plain, json!({ "exp": 0 }), Some(Expired)),
        (plain, json!({ "exp": -1.5 }), Some(Expired)),
        (plain, json!({ "exp": 1e300 }), None),
        (plain, json!({ "exp": null }), Some(Malformed)),
        (plain, json!({ "exp": (NOW + 60).to_string() }), Some(Malformed)),
        (plain, json!({ "nbf": NOW + 30 }), None),
        (plain, json!({ "nbf": NOW_EXACT + 30.001 }), Some(Early)),
        (plain, json!({ "nbf": NOW + 31 }), Some(Early)),
        (plain, json!({ "nbf": "soon" }), Some(Malformed)),
        (plain, json!({ "iat": NOW + 3600 }), None),
        (plain, json!({ "iat": "now" }), Some(Malformed)),
        // Null is as good as absent, where a claim is optional.
        (plain, json!({ "name": null, "iat": null, "nbf": null, "aud": null, "iss": null }), None),
        (named, json!({ "aud": null, "iss": "https://login.example" }), Some(Audience)),
        (named, json!({ "aud": "game", "iss": null }), Some(Issuer)),
        (plain, json!({ "sub": null }), Some(Malformed)),
        // Whoever is not among those that a token names must refuse it (section 4.1.3).
        (plain, json!({ "aud": "game" }), Some(Audience)),
        (plain, json!({ "aud": [] }), Some(Audience)),
        (plain, json!({ "aud": 7 }), Some(Malformed)),
        (named, ours.clone(), None),
        (named, json!({ "aud": ["shop", "app"], "iss": "https://login.example" }), None),
        (named, json!({ "aud": ["shop"], "iss": "https://login.example" }), Some(Audience)),
        (named, json!({ "aud": "Game", "iss": "https://login.example" }), Some(Audience)),
        (named, json!({ "aud": "game, app", "iss": "https://login.example" }), Some(Audience)),
        (named, json!({ "iss": "https://login.example" }), Some(Audience)),
        (named, json!({ "aud": "game" }), Some(Issuer)),
        (named, json!({ "aud": "game", "iss": "https://login.example/" }), Some(Issuer)),
        (plain, json!({ "iss": "anybody" }), None),
        // What is not known is ignored (section 4).
        (plain, json!({ "jti": "x", "scope": "all", "groups": [1, {}] }), None),
        (plain, json!({ "sub": "auth0|5f7c8ec7c33c6c004bbafe82" }), None),
        (plain, json!({ "sub": "a#b" }), Some(Malformed)),
        (plain, json!({ "sub": "bot:search:0" }), Some(Malformed)),
        // The place of a guest is for whoever has the guest's secret.
        (plain, json!({ "sub": "guest-f9329b59b81d6d97fb839b5a06cfd7da" }), Some(Malformed)),
        (plain, json!({ "sub": "guest-" }), Some(Malformed)),
        (plain, json!({ "sub": "guests" }), None),
        (plain, json!({ "sub": 7 }), Some(Malformed)),
        (plain, json!({ "name": 7 }), Some(Malformed)),
    ];
    for ((audiences, issuers), changes, refused) in cases {
        let token = signed(&Header::new(Algorithm::HS256), &with(changes.clone()));
        let expected = Expected::parse(audiences, issuers);
        let told = check_at(&token, &secrets(SECRET), &expected, NOW * 1000);
        assert_eq!(told.err(), refused, "{changes} where {expected:?} is configured");
    }
}

#[test]
fn a_token_is_good_to_the_last_millisecond() {
    let token = signed(&Header::new(Algorithm::HS256), &with(json!({ "exp": NOW_EXACT + 0.25 })));
    let at = |ms: u64| check_at(&token, &secrets(SECRET), &Expected::default(), ms).err();
    let end = NOW * 1000 + 250 + 30_000;
    assert_eq!((at(end - 1), at(end)), (None, Some(TokenError::Expired)));
}

/// RFC 7515, section 4.1.11: no extension is understood here.
#[test]
fn critical_header_parameters_are_refused() {
    for names in [vec![], vec!["exp"], vec!["b64"], vec!["http://example.org/extension"]] {
        let mut header = Header::new(Algorithm::HS256);
        header.crit = Some(names.into_iter().map(str::to_owned).collect());
        assert_eq!(check(&signed(&header, &with(json!({}))), SECRET).err(), Some(TokenError::Critical));
    }
    let mut header = Header::new(Algorithm::HS256);
    header.extras.insert("http://example.org/extension", true);
    assert!(check(&signed(&header, &with(json!({}))), SECRET).is_ok(), "what is not critical is ignored");
}

#[test]
fn a_forged_token_is_refused() {
    let token = secrets(OTHER).sign(&claims());
    assert_eq!(check(&token, SECRET).err(), Some(TokenError::Forged));
    let good = secrets(SECRET).sign(&claims());
    let (head, signature) = good.rsplit_once('.').expect("a token has three parts");
    // {"alg":"none","typ":"JWT"}
    let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.", head.split_once('.').expect("two parts").1);
    assert!(check(&unsigned, SECRET).is_err());
    let other = secrets(SECRET).sign(&Claims { sub: "bob".to_owned(), ..claims() });
    let swapped = format!("{}.{signature}", other.rsplit_once('.').expect("a token has three parts").0);
    assert_eq!(check(&swapped, SECRET).err(), Some(TokenError::Forged));
}

#[test]
fn other_algorithms_are_refused_even_with_the_right_secret() {
    for algorithm in [Algorithm::HS384, Algorithm::HS512] {
        let token = signed(&Header::new(algorithm), &with(json!({})));
        assert_eq!(check(&token, SECRET).err(), Some(TokenError::UnknownKey));
    }
}

#[test]
fn what_is_no_token_is_refused() {
    for text in ["", "a.b.c", "..", &"x".repeat(10_000)] {
        assert_eq!(check(text, SECRET).err(), Some(TokenError::Malformed));
    }
}

#[test]
fn exchanging_a_secret_refuses_nobody() {
    let [first, second] = [format!("a:{SECRET}"), format!("b:{OTHER}")];
    let (old, new) = (secrets(&first).sign(&claims()), secrets(&format!("{second},{first}")).sign(&claims()));
    let both = format!("{second}, {first}");
    assert!(check(&old, &first).is_ok());
    assert_eq!((check(&old, &both).err(), check(&new, &both).err()), (None, None));
    // The old one is taken away; its tokens are good no longer, and the new one was not known before.
    assert_eq!(check(&old, &second).err(), Some(TokenError::UnknownKey));
    assert_eq!(check(&new, &first).err(), Some(TokenError::UnknownKey));
    // From a secret without an id, whose tokens have none either, and which any name may stand for.
    let plain = secrets(SECRET).sign(&claims());
    let exchanged = format!("{second},{SECRET}");
    assert_eq!((check(&plain, &exchanged).err(), check(&new, &exchanged).err()), (None, None));
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some("named by its library".to_owned());
    let named = signed(&header, &with(json!({})));
    assert!(check(&named, SECRET).is_ok());
    assert_eq!(check(&named, &first).err(), Some(TokenError::UnknownKey));
    // A token without a name is tried with each.
    assert!(check(&plain, &both).is_ok());
    // A name is no way around the signature.
    header.kid = Some("b".to_owned());
    assert_eq!(check(&signed(&header, &with(json!({}))), &both).err(), Some(TokenError::Forged));
}

#[test]
fn what_is_no_list_of_secrets_is_refused() {
    let wrong = [
        String::new(),
        "short".to_owned(),
        format!("{SECRET},"),
        format!("{SECRET},{OTHER}"),
        format!("a:{SECRET},a:{OTHER}"),
        format!("a b:{SECRET}"),
        format!("a:b:{SECRET}"),
        format!("a:{SECRET} {OTHER}"),
        (0..17).map(|number| format!("k{number}:{SECRET}")).collect::<Vec<_>>().join(","),
    ];
    for text in wrong {
        assert!(TokenKeys::parse(&text).is_none(), "{text}");
    }
    let printed = format!("{:?}", secrets(&format!(" a:{SECRET},\n{OTHER}\n")));
    assert_eq!(printed, r#"["a", "-"]"#, "no secret is ever printed");
}

#[test]
fn names_are_cut_and_cleaned() {
    let named = |name: &str| {
        let token = secrets(SECRET).sign(&Claims { name: name.to_owned(), ..claims() });
        check(&token, SECRET).expect("it is good").name
    };
    assert_eq!(named("  "), "ada");
    assert_eq!(named("A\u{202E}da\n"), "Ada");
    assert_eq!(named(&"é".repeat(100)).chars().count(), 40);
}

/// What a guest's token says of its bearer.
fn guest(token: &str) -> Result<Identity, TokenError> {
    assert!(is_guest(token), "{token}");
    verify_guest(token, Timestamp::from_ms(NOW * 1000))
}

#[test]
fn the_tokens_of_guests_are_those_of_the_fixtures() {
    let fixtures: Vec<Value> = serde_json::from_str(include_str!("../fixtures/guests.json")).expect("it is JSON");
    assert!(!fixtures.is_empty());
    for fixture in fixtures {
        let text = |field: &str| fixture[field].as_str().expect("it is a text");
        let Identity { player_id, name, expires_at } = guest(text("token")).expect("it is good");
        let named = if text("name").is_empty() { text("player_id") } else { text("name") };
        assert_eq!((player_id.as_str(), name.as_str()), (text("player_id"), named));
        assert_eq!(expires_at, Timestamp::from_ms((NOW + 24 * 60 * 60) * 1000));
    }
}

#[test]
fn a_guest_is_the_same_under_any_name_and_another_with_any_other_secret() {
    let player = |token: &str| guest(token).expect("it is good").player_id;
    let ada = player("guest.AAAAAAAAAAAAAAAAAAAAAA.QWRh");
    assert_eq!(player("guest.AAAAAAAAAAAAAAAAAAAAAA"), ada);
    assert_eq!(player("guest.AAAAAAAAAAAAAAAAAAAAAA."), ada);
    assert_ne!(player("guest.AAAAAAAAAAAAAAAAAAAAAB.QWRh"), ada);
    assert_ne!(player("guest.AAAAAAAAAAAAAAAAAAAAAAA.QWRh"), ada);
    let id = ada.as_str();
    let hidden = id.strip_prefix("guest-").expect("it is that of a guest");
    assert_ne!(player(&format!("guest.{hidden}")), ada, "whoever sees the id cannot sign in with it");
    assert_ne!(player(&format!("guest.{id}")), ada);
}

#[test]
fn names_of_guests_are_cut_and_cleaned_as_those_of_tokens() {
    // "  ", "A\u{202E}da\n" and a hundred é.
    let named = |name: &str| guest(&format!("guest.AAAAAAAAAAAAAAAAAAAAAA.{name}")).expect("it is good").name;
    assert_eq!(named("ICA"), "guest-f9329b59b81d6d97fb839b5a06cfd7da");
    assert_eq!(named("QeKArmRhCg"), "Ada");
    assert_eq!(named(&format!("{}w6k", "w6nDqcOp".repeat(33))).chars().count(), 40);
}

#[test]
fn what_is_no_token_of_a_guest_is_refused() {
    let secret = "A".repeat(22);
    let wrong = [
        "guest.".to_owned(),
        format!("guest.{}", "A".repeat(21)),
        format!("guest.{}", "A".repeat(65)),
        format!("guest.{secret}=="),
        format!("guest.{secret}+"),
        format!("guest.{}é", "A".repeat(21)),
        format!("guest..{secret}"),
        format!("guest.{secret}.QWRh."),
        format!("guest.{secret}.QWRh.QWRh"),
        format!("guest.{secret}.QWR"),
        format!("guest.{secret}.QWRh==="),
        format!("guest.{secret}._w"),
        format!("guest.{secret}.{}", "A".repeat(4096)),
    ];
    for token in wrong {
        assert_eq!(guest(&token).err(), Some(TokenError::Malformed), "{token}");
    }
    for other in ["Guest.", "guest", "eyJhbGciOiJIUzI1NiJ9.e30.x", ""] {
        assert!(!is_guest(other), "{other}");
    }
    // Where there are no guests, the token of one is like any that cannot be read.
    assert_eq!(check(&format!("guest.{secret}.QWRh"), SECRET).err(), Some(TokenError::Malformed));
}
