//! Tokens that an identity provider signs: the authorizer with real keys, from a real server.

use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};
use turnlog_domain::Timestamp;
use turnlog_handlers::authorizer::{App, Published};
use turnlog_protocol::token::{Expected, TokenError, TokenKeys};
use turnlog_tests::{Answers, KeyServer, Signer};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// The moment of the tests, so many seconds on.
fn at(seconds: u64) -> Timestamp {
    Timestamp::from_ms((1_700_000_000 + seconds) * 1000)
}

fn claims() -> Value {
    json!({ "sub": "ada", "name": "Ada", "exp": 1_700_100_000 })
}

fn authorizer(server: &KeyServer) -> App {
    let published = Published::at(server.address()).expect("it is on this machine");
    App::new(TokenKeys::parse(SECRET).expect("it is a secret"), Expected::default(), Some(published))
}

/// Who the authorizer says has signed this.
async fn identify(app: &App, token: &str, seconds: u64) -> Result<String, TokenError> {
    app.identify(token, at(seconds)).await.map(|identity| identity.player_id.to_string())
}

#[tokio::test]
async fn published_keys_of_three_kinds_are_good_beside_the_secret() {
    let signers = [Signer::rsa("r"), Signer::elliptic("e"), Signer::edwards("d")];
    let server = KeyServer::start(signers.iter().map(Signer::jwk).collect()).await;
    let app = authorizer(&server);
    let secret = EncodingKey::from_secret(SECRET.as_bytes());
    let by_secret = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims(), &secret).expect("it signs");
    assert_eq!(identify(&app, &by_secret, 0).await.as_deref(), Ok("ada"));
    assert_eq!(server.asked(), 0, "whoever uses secrets waits for nobody");
    for signer in &signers {
        assert_eq!(identify(&app, &signer.token(&claims()), 0).await.as_deref(), Ok("ada"), "{signer:?}");
        // Without a name, every key of the algorithm is tried.
        assert_eq!(identify(&app, &signer.token_naming(None, &claims()), 0).await.as_deref(), Ok("ada"), "{signer:?}");
    }
    assert_eq!(server.asked(), 1);
}

#[tokio::test]
async fn a_key_is_used_with_its_own_algorithm_and_name_only() {
    let (rsa, elliptic, stranger) = (Signer::rsa("r"), Signer::elliptic("e"), Signer::rsa("r"));
    let server = KeyServer::start(vec![rsa.jwk(), elliptic.jwk()]).await;
    let app = authorizer(&server);
    // Whoever reads a public key could sign with it if it were taken for a secret.
    let jwk = rsa.jwk();
    let public = [jwk["n"].as_str().expect("a text").to_owned(), jwk.to_string(), json!({ "keys": [jwk] }).to_string()];
    for text in public {
        for kid in [None, Some("r")] {
            let mut header = Header::new(Algorithm::HS256);
            header.kid = kid.map(str::to_owned);
            let key = EncodingKey::from_secret(text.as_bytes());
            let token = jsonwebtoken::encode(&header, &claims(), &key).expect("it signs");
            assert_eq!(identify(&app, &token, 0).await, Err(TokenError::Forged));
        }
    }
    assert_eq!(identify(&app, &stranger.token(&claims()), 20).await, Err(TokenError::Forged));
    assert_eq!(identify(&app, &rsa.token_naming(Some("e"), &claims()), 40).await, Err(TokenError::UnknownKey));
    assert_eq!(identify(&app, &rsa.token_naming(Some("x"), &claims()), 60).await, Err(TokenError::UnknownKey));
    let good = rsa.token(&claims());
    let (head, signature) = good.rsplit_once('.').expect("three parts");
    let another = rsa.token(&json!({ "sub": "bob", "exp": 1_700_100_000 }));
    let swapped = format!("{}.{signature}", another.rsplit_once('.').expect("three parts").0);
    assert_eq!(identify(&app, &swapped, 80).await, Err(TokenError::Forged));
    // {"alg":"none"}
    let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", head.split_once('.').expect("two parts").1);
    assert_eq!(identify(&app, &unsigned, 80).await, Err(TokenError::Malformed));
    assert_eq!(identify(&app, &good, 80).await.as_deref(), Ok("ada"));
}

#[tokio::test]
async fn keys_that_are_not_for_this_are_left_out() {
    let rsa = Signer::rsa("r");
    let with = |field: &str, value: Value| {
        let mut key = rsa.jwk();
        key[field] = value;
        key
    };
    let secret = json!({ "kty": "oct", "kid": "o", "k": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY" });
    let useless = [
        with("use", json!("enc")),
        with("alg", json!("RS512")),
        with("alg", json!("RSA-OAEP")),
        with("key_ops", json!(["encrypt"])),
        secret.clone(),
        json!({ "kty": "EC", "crv": "P-384", "kid": "r", "x": "AA", "y": "AA" }),
        json!({ "kty": "new" }),
        json!("no key"),
    ];
    let server = KeyServer::start(useless.to_vec()).await;
    let app = authorizer(&server);
    assert_eq!(identify(&app, &rsa.token(&claims()), 0).await, Err(TokenError::UnknownKey));
    // One that is of use among them is found, whatever stands around it.
    let mut keys = useless.to_vec();
    keys.push(with("alg", Value::Null));
    server.answers(Answers::Keys(keys));
    assert_eq!(identify(&app, &rsa.token(&claims()), 20).await.as_deref(), Ok("ada"));
    // A secret that somebody publishes signs for nobody.
    let known = EncodingKey::from_secret(b"0123456789abcdef0123456789abcdeg");
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some("o".to_owned());
    let token = jsonwebtoken::encode(&header, &claims(), &known).expect("it signs");
    assert_eq!(identify(&app, &token, 40).await, Err(TokenError::Forged));
}

#[tokio::test]
async fn a_new_key_is_asked_for_at_once_and_never_too_often() {
    let (old, new) = (Signer::elliptic("old"), Signer::elliptic("new"));
    let server = KeyServer::start(vec![old.jwk()]).await;
    let app = authorizer(&server);
    assert_eq!(identify(&app, &old.token(&claims()), 0).await.as_deref(), Ok("ada"));
    server.answers(Answers::Keys(vec![old.jwk(), new.jwk()]));
    assert_eq!(identify(&app, &new.token(&claims()), 30).await.as_deref(), Ok("ada"), "it is known at once");
    assert_eq!(identify(&app, &old.token(&claims()), 30).await.as_deref(), Ok("ada"), "and refuses nobody");
    assert_eq!(server.asked(), 2);
    // Whoever makes names up makes nobody ask more often than every ten seconds.
    for tenth in 0..600 {
        let token = new.token_naming(Some(&format!("made-up-{tenth}")), &claims());
        let told = app.identify(&token, Timestamp::from_ms(at(60).as_ms() + tenth * 100)).await;
        assert_eq!(told.map(|_| ()), Err(TokenError::UnknownKey));
    }
    assert_eq!(server.asked(), 2 + 6);
    // Withdrawn keys are good for an hour at most.
    server.answers(Answers::Keys(vec![new.jwk()]));
    assert_eq!(identify(&app, &old.token(&claims()), 200).await.as_deref(), Ok("ada"));
    assert_eq!(identify(&app, &old.token(&claims()), 200 + 3600).await, Err(TokenError::UnknownKey));
    assert_eq!(identify(&app, &new.token(&claims()), 200 + 3600).await.as_deref(), Ok("ada"));
}

#[tokio::test]
async fn keys_stay_good_while_their_server_is_in_trouble() {
    let signer = Signer::edwards("d");
    let server = KeyServer::start(vec![signer.jwk()]).await;
    let app = authorizer(&server);
    let token = signer.token(&claims());
    assert_eq!(identify(&app, &token, 0).await.as_deref(), Ok("ada"));
    let huge = json!({ "keys": [signer.jwk()], "padding": "x".repeat(100_000) }).to_string();
    let troubles = [
        Answers::Text(500, "down".to_owned()),
        Answers::Text(200, "<html>".to_owned()),
        Answers::Text(200, huge),
        Answers::Text(302, json!({ "keys": [Signer::edwards("d").jwk()] }).to_string()),
        Answers::Keys(vec![]),
        Answers::Nothing,
    ];
    for (hour, trouble) in (1..).zip(troubles) {
        let (asked, began) = (server.asked(), Instant::now());
        server.answers(trouble.clone());
        assert_eq!(identify(&app, &token, hour * 4000).await.as_deref(), Ok("ada"), "{trouble:?}");
        assert_eq!(server.asked(), asked + 1, "{trouble:?}");
        // The function ends after five seconds.
        assert!(began.elapsed() < Duration::from_secs(4), "{trouble:?}");
    }
    let address = server.address().to_owned();
    drop(server);
    assert_eq!(identify(&app, &token, 40_000).await.as_deref(), Ok("ada"), "{address} is gone");
}

#[tokio::test]
async fn without_any_answer_tokens_are_refused_in_time() {
    let signer = Signer::elliptic("e");
    let server = KeyServer::start(vec![]).await;
    server.answers(Answers::Nothing);
    let app = authorizer(&server);
    let refused = timeout(Duration::from_secs(4), app.identify(&signer.token(&claims()), at(0))).await;
    assert_eq!(refused.expect("it gives up").map(|_| ()), Err(TokenError::UnknownKey));
    server.answers(Answers::Keys(vec![signer.jwk()]));
    assert_eq!(identify(&app, &signer.token(&claims()), 20).await.as_deref(), Ok("ada"));
}
