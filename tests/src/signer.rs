//! Somebody else who signs tokens: an identity provider with keys of its own, and the server that publishes them.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use aws_lc_rs::{
    encoding::AsDer as _,
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair},
};
use axum::{Router, extract::State, http::StatusCode, routing::get};
use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::Jwk};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

/// The bytes before the key itself in PKCS #8, where it is one of RSA with 2,048 bits.
const RSA_ENVELOPE_BYTES: usize = 26;

/// A key pair with its name.
#[derive(Debug, Clone)]
pub struct Signer {
    algorithm: Algorithm,
    kid: String,
    key: EncodingKey,
}

impl Signer {
    /// A new pair for RS256.
    ///
    /// # Panics
    /// When the machine has no randomness.
    pub fn rsa(kid: &str) -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).expect("a key is made");
        let envelope = pair.as_der().expect("it has a form");
        let key = EncodingKey::from_rsa_der(&envelope.as_ref()[RSA_ENVELOPE_BYTES..]);
        Self { algorithm: Algorithm::RS256, kid: kid.to_owned(), key }
    }

    /// A new pair for ES256.
    ///
    /// # Panics
    /// When the machine has no randomness.
    pub fn elliptic(kid: &str) -> Self {
        let pair = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        let key = EncodingKey::from_ec_der(pair.expect("a key is made").as_ref());
        Self { algorithm: Algorithm::ES256, kid: kid.to_owned(), key }
    }

    /// A new pair for `EdDSA`.
    ///
    /// # Panics
    /// When the machine has no randomness.
    pub fn edwards(kid: &str) -> Self {
        let pair = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new());
        let key = EncodingKey::from_ed_der(pair.expect("a key is made").as_ref());
        Self { algorithm: Algorithm::EdDSA, kid: kid.to_owned(), key }
    }

    /// The public half, as it is published.
    ///
    /// # Panics
    /// Never: it is a key pair.
    pub fn jwk(&self) -> Value {
        let key = Jwk::from_encoding_key(&self.key, self.algorithm).expect("it is a key pair");
        let mut key = json!(key);
        (key["kid"], key["use"]) = (json!(self.kid), json!("sig"));
        key
    }

    /// A token with these claims that names the key.
    pub fn token(&self, claims: &Value) -> String {
        self.token_naming(Some(&self.kid), claims)
    }

    /// A token with these claims that names another key, or none.
    ///
    /// # Panics
    /// Never: it is a key pair.
    pub fn token_naming(&self, kid: Option<&str>, claims: &Value) -> String {
        let mut header = Header::new(self.algorithm);
        header.kid = kid.map(str::to_owned);
        jsonwebtoken::encode(&header, claims, &self.key).expect("it signs")
    }
}

/// What a server of keys answers.
#[derive(Debug, Clone)]
pub enum Answers {
    /// A set of keys.
    Keys(Vec<Value>),
    /// Any text, with a status.
    Text(u16, String),
    /// Nothing, for ever.
    Nothing,
}

/// A server that publishes keys on a free port, until it is dropped.
#[derive(Debug)]
pub struct KeyServer {
    address: String,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    answers: Mutex<Answers>,
    asked: AtomicUsize,
}

impl KeyServer {
    /// A server with these keys.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn start(keys: Vec<Value>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
        let address = format!("http://{}/keys", listener.local_addr().expect("it has an address"));
        let shared = Arc::new(Shared { answers: Mutex::new(Answers::Keys(keys)), asked: AtomicUsize::new(0) });
        let routes = Router::new().route("/keys", get(answer)).with_state(Arc::clone(&shared));
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, routes).await;
        });
        Self { address, shared, task }
    }

    /// Where the keys are.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Answers otherwise from now on.
    ///
    /// # Panics
    /// Never: nothing panics while it is changed.
    pub fn answers(&self, answers: Answers) {
        *self.shared.answers.lock().expect("nobody panicked") = answers;
    }

    /// How often it was asked so far.
    pub fn asked(&self) -> usize {
        self.shared.asked.load(Ordering::SeqCst)
    }
}

impl Drop for KeyServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(State(shared): State<Arc<Shared>>) -> (StatusCode, String) {
    shared.asked.fetch_add(1, Ordering::SeqCst);
    let answers = shared.answers.lock().expect("nobody panicked").clone();
    match answers {
        Answers::Keys(keys) => (StatusCode::OK, json!({ "keys": keys }).to_string()),
        Answers::Text(status, text) => (StatusCode::from_u16(status).expect("it is a status"), text),
        Answers::Nothing => std::future::pending().await,
    }
}
