//! Tokens: only good ones speak for a player.

use std::time::{SystemTime, UNIX_EPOCH};

use turnlog_protocol::token::{Claims, TokenError, sign, verify};

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_secs()
}

fn claims() -> Claims {
    Claims { sub: "ada".to_owned(), name: "Ada".to_owned(), iat: now(), exp: now() + 60 }
}

#[test]
fn a_good_token_says_who_it_is() {
    let identity = verify(&sign(&claims(), SECRET), SECRET).expect("it is good");
    assert_eq!((identity.player_id.as_str(), identity.name.as_str()), ("ada", "Ada"));
}

#[test]
fn an_expired_token_is_refused_after_the_leeway() {
    let token = |exp| sign(&Claims { exp, ..claims() }, SECRET);
    assert_eq!(verify(&token(now() - 60), SECRET), Err(TokenError::Expired));
    assert!(verify(&token(now() - 10), SECRET).is_ok());
}

#[test]
fn a_token_without_expiry_is_refused() {
    let header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256);
    let key = jsonwebtoken::EncodingKey::from_secret(SECRET);
    let token = jsonwebtoken::encode(&header, &serde_json::json!({ "sub": "ada" }), &key).expect("it signs");
    assert_eq!(verify(&token, SECRET), Err(TokenError::Malformed));
}

#[test]
fn a_forged_token_is_refused() {
    let token = sign(&claims(), b"another secret of thirty-two byte");
    assert_eq!(verify(&token, SECRET), Err(TokenError::Forged));
    let good = sign(&claims(), SECRET);
    let (head, signature) = good.rsplit_once('.').expect("a token has three parts");
    // {"alg":"none","typ":"JWT"}
    let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.", head.split_once('.').expect("two parts").1);
    assert!(verify(&unsigned, SECRET).is_err());
    let other = sign(&Claims { sub: "bob".to_owned(), ..claims() }, SECRET);
    let swapped = format!("{}.{signature}", other.rsplit_once('.').expect("a token has three parts").0);
    assert_eq!(verify(&swapped, SECRET), Err(TokenError::Forged));
}

#[test]
fn other_algorithms_are_refused_even_with_the_right_secret() {
    let header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS512);
    let key = jsonwebtoken::EncodingKey::from_secret(SECRET);
    let token = jsonwebtoken::encode(&header, &claims(), &key).expect("it signs");
    assert_eq!(verify(&token, SECRET), Err(TokenError::Forged));
}

#[test]
fn what_is_no_token_is_refused() {
    for text in ["", "a.b.c", "..", &"x".repeat(10_000)] {
        assert_eq!(verify(text, SECRET), Err(TokenError::Malformed));
    }
    assert_eq!(
        verify(&sign(&Claims { sub: "a#b".to_owned(), ..claims() }, SECRET), SECRET),
        Err(TokenError::Malformed)
    );
}

#[test]
fn nobody_is_let_in_as_a_bot() {
    let token = sign(&Claims { sub: "bot:search:0".to_owned(), ..claims() }, SECRET);
    assert_eq!(verify(&token, SECRET), Err(TokenError::Malformed));
}

#[test]
fn names_are_cut_and_cleaned() {
    let named = |name: &str| {
        let token = sign(&Claims { name: name.to_owned(), ..claims() }, SECRET);
        verify(&token, SECRET).expect("it is good").name
    };
    assert_eq!(named("  "), "ada");
    assert_eq!(named("A\u{202E}da\n"), "Ada");
    assert_eq!(named(&"é".repeat(100)).chars().count(), 40);
}
