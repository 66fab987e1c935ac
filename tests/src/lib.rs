//! Turnlog's test kit: real parts, with faults on demand.
//!
//! [`Function`] is one function's own binary on a Runtime API of the test.
//! [`Database`] is an embedded DynamoDB behind the real SDK client, whose connector can lose replies, throttle, time out and
//! cut pages. [`Stack`] is the `turnlog` binary itself, [`Client`] a real WebSocket to it, and [`Browser`] a real Chromium.
//! [`Server`] is the same as `turnlog serve`. [`FakeManagement`] stands in for AWS's management API, which cannot be made to hang.
//! [`Doubling`] is a way to a stack on which everything comes twice.
//! [`Signer`] signs tokens as an identity provider does, and [`KeyServer`] publishes its keys.

mod axe;
mod browser;
mod client;
mod database;
mod doubling;
mod faults;
mod function;
mod management;
mod page;
mod proxy;
mod relay;
mod server;
mod signer;
mod stack;

pub use axe::Axe;
pub use browser::Browser;
pub use client::{Client, Refused, token};
pub use database::{Database, OTHER_ENDPOINT};
pub use doubling::Doubling;
pub use faults::{Fault, Faults};
pub use function::Function;
pub use management::{FakeManagement, Manner};
pub use page::{Key, Page, witnessed};
pub use proxy::Proxy;
pub use relay::Relay;
pub use server::{Home, Server, TOKEN_SECRET, holds};
pub use signer::{Answers, KeyServer, Signer};
pub use stack::{Stack, build_once, eventually, in_process, root, send_signal};

/// Says the seed of a seeded test, which is shown when it fails.
#[expect(clippy::print_stdout, reason = "the harness shows it when the test fails")]
pub fn say_seed(seed: u64) {
    println!("seed {seed}");
}
