//! How somebody signs in on the page: as a guest, by a link, and not at all.

use axum::{
    Router,
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use serde_json::json;
use tokio::{net::TcpListener, process::Command};
use turnlog_tests::{Browser, Key, Page, Stack, build_once, eventually, root, token, witnessed};

use super::{Hand, Plan, create, failures, says_name, sit_down, take_turns};
use crate::stack::token_secrets;

const PLAN: Plan = Plan { kind: "tic-tac-toe", moves: &[(0, 0), (3, 3), (1, 1), (4, 4), (2, 2)], end: "3 in a row." };

/// The id by which a person is known, as their page says it.
async fn own_id(page: &Page) -> String {
    page.click("#mail-link").await;
    page.text_of("#mail-own-id").await
}

#[tokio::test]
async fn guests_say_their_name_only_and_are_known_again_by_their_browser() {
    let Some(browser) = Browser::start("guests").await else { return };
    let stack = Stack::start_with(&["--ephemeral", "--parameter", "Guests=on"]).await;
    let (ada, bob) = (browser.open("Ada").await, browser.open_phone("Bob").await);
    let story = async {
        ada.open(stack.address()).await;
        ada.sees("#guest-hint").await;
        sit_down(stack.address(), Hand::Keyboard, &PLAN, &ada, &bob).await;
        take_turns(Hand::Mouse, &PLAN, 0..2, &ada, &bob).await;
        let game = ada.address().await;
        // Another window of the same browser, after this one, is the same guest.
        for (page, name, seat) in [(&ada, "Ada", 0), (&bob, "Bob", 1)] {
            page.open("about:blank").await;
            page.open(&game).await;
            page.reads("#change-name", name).await;
            page.sees(&format!("#table[data-phase=playing] #seats li[data-seat='{seat}']")).await;
        }
        take_turns(Hand::Mouse, &PLAN, 2..5, &ada, &bob).await;
        ada.reads("#status[data-tone=won]", "You won: 3 in a row.").await;
        let id = own_id(&ada).await;
        assert!(id.starts_with("guest-"), "{id}");
        // A guest changes their name and stays who they are, and somebody else in the same tab is somebody else.
        ada.click("#change-name").await;
        ada.overwrite("#name", "Ada L.").await;
        ada.click("#name-save").await;
        ada.reads("#change-name", "Ada L.").await;
        assert_eq!(ada.text_of("#mail-own-id").await, id);
        ada.click("#change-name").await;
        ada.click("#someone-else").await;
        says_name(Hand::Mouse, &ada, "Eve").await;
        let other =
            eventually("another id", || async { Some(ada.text_of("#mail-own-id").await).filter(|shown| *shown != id) });
        assert!(other.await.starts_with("guest-"));
        for page in [&ada, &bob] {
            assert_eq!(page.console_errors().await, Vec::<String>::new());
        }
    };
    Box::pin(witnessed(&failures(), &[&ada, &bob], story)).await;
    stack.stop("TERM").await;
}

/// What `turnlog token` prints for a page that somebody is to open.
async fn link(secrets: &str, player: &str, page: &str) -> String {
    let mut command = Command::new(build_once().await);
    command.args(["token", "--player-id", player, "--name", "Ada", "--link", page]).env("TOKEN_SECRET", secrets);
    let output = command.output().await.expect("the command runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("it is text").trim_end().to_owned()
}

#[tokio::test]
async fn a_link_signs_in_whoever_opens_it_and_leaves_no_token_in_the_address() {
    let Some(browser) = Browser::start("link").await else { return };
    let folder = tempfile::tempdir().expect("a folder can be made");
    let stack = Stack::start_in(folder.path()).await;
    let secrets = token_secrets(&stack, folder.path()).await;
    let (ada, bob) = (browser.open("Ada").await, browser.open("Bob").await);
    let story = async {
        create(stack.address(), Hand::Mouse, "tic-tac-toe", &bob).await;
        let game = bob.value("#share-link").await;
        ada.open(&link(&secrets, "ada-of-the-link", &game).await).await;
        ada.reads("#change-name", "Ada").await;
        ada.click("#join").await;
        ada.sees("#table[data-phase=playing]").await;
        assert_eq!(ada.address().await, game, "the token is gone, and the game is not");
        assert_eq!(own_id(&ada).await, "ada-of-the-link");
        // The browser keeps it.
        ada.open("about:blank").await;
        ada.open(stack.address()).await;
        ada.sees("#connection[data-state=open]").await;
        assert_eq!(own_id(&ada).await, "ada-of-the-link");
        // Opened where the page is already, a link signs in somebody else.
        ada.open(&link(&secrets, "another", stack.address()).await).await;
        ada.sees("#lobby").await;
        assert!(!ada.address().await.contains("token"));
        assert_eq!(own_id(&ada).await, "another");
        // The name is the link's. Signed out, one is who one was before there was a link: here, nobody yet.
        ada.tab_to("#change-name").await;
        ada.press(Key::Enter).await;
        ada.reads("#account-title", "You are signed in as Ada").await;
        ada.tab_to("#account-back").await;
        ada.press(Key::Enter).await;
        ada.sees("#mail").await;
        ada.click("#change-name").await;
        ada.tab_to("#sign-out").await;
        ada.press(Key::Enter).await;
        ada.sees("#welcome #name").await;
        assert_eq!(ada.console_errors().await, Vec::<String>::new());
    };
    Box::pin(witnessed(&failures(), &[&ada, &bob], story)).await;
    stack.stop("TERM").await;
}

#[tokio::test]
async fn a_link_that_has_expired_or_is_none_says_so_and_is_not_tried_again_and_again() {
    let Some(browser) = Browser::start("expired-link").await else { return };
    let folder = tempfile::tempdir().expect("a folder can be made");
    let stack = Stack::start_in(folder.path()).await;
    let secrets = token_secrets(&stack, folder.path()).await;
    let ada = browser.open_phone("Ada").await;
    let story = async {
        ada.open(&format!("{}#token={}", stack.address(), token("ada", &secrets, -60))).await;
        ada.reads("#account-title", "Your sign-in has expired").await;
        assert!(ada.text_of("#account-text").await.contains("new link"));
        assert_eq!(ada.attribute("#connection", "data-state").await.as_deref(), Some("closed"), "nothing is tried");
        ada.reload().await;
        ada.reads("#account-title", "Your sign-in has expired").await;
        // A new link is good at once, in the same tab.
        ada.open(&link(&secrets, "ada", stack.address()).await).await;
        ada.sees("#lobby").await;
        ada.sees("#connection[data-state=open]").await;
        for broken in ["x", "", "e30.e30.x"] {
            ada.open(&format!("{}#token={broken}", stack.address())).await;
            ada.reads("#missing-title", "This link is wrong").await;
            assert!(!ada.address().await.contains("token"));
            ada.click("#missing a").await;
            ada.sees("#lobby").await;
        }
        ada.reads("#change-name", "Ada").await;
        assert_eq!(ada.console_errors().await, Vec::<String>::new());
    };
    Box::pin(witnessed(&failures(), &[&ada], story)).await;
    stack.stop("TERM").await;
}

/// The page at a host of its own, which has nothing but files, and perhaps the one that tells how one signs in.
pub(super) async fn host(ways: Option<&'static str>) -> String {
    let told = get(async move || match ways {
        Some(ways) => ([(header::CONTENT_TYPE, "application/json")], ways).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    });
    let app = Router::new()
        .route("/", get(async || file("web/index.html").await))
        .route("/sign-in.json", told)
        .route("/client/{*path}", get(async |Path(path): Path<String>| file(&format!("client/{path}")).await))
        .route("/{*path}", get(async |Path(path): Path<String>| file(&format!("web/{path}")).await));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
    let address = listener.local_addr().expect("it has an address");
    // It ends with the runtime of the test.
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}")
}

async fn file(path: &str) -> Response {
    let kind = match path.rsplit('.').next() {
        Some("html") => "text/html",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    match tokio::fs::read(root().join(path)).await {
        Ok(content) => ([(header::CONTENT_TYPE, kind)], content).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

#[tokio::test]
async fn without_a_link_the_page_says_that_one_is_needed() {
    let Some(browser) = Browser::start("no-link").await else { return };
    let ada = browser.open("Ada").await;
    let story = async {
        for ways in [Some(r#"{"ways":["token"]}"#), None] {
            let address = host(ways).await;
            ada.open(&address).await;
            ada.reads("#account-title", "You need a link to play here").await;
            assert!(
                !ada.shows("#account button").await && !ada.shows("#name").await && !ada.shows("#change-name").await
            );
            assert_eq!(ada.attribute("#connection", "data-state").await.as_deref(), Some("closed"), "nobody connects");
            // A link to a game changes nothing about it, and stays for later.
            let game = format!("{address}/#game=0d6e4e0c-7f1e-4b11-9a53-0a5f3ff7a001");
            ada.open(&game).await;
            ada.reads("#account-title", "You need a link to play here").await;
            assert_eq!(ada.address().await, game);
        }
        // With both, one may play without a link.
        let address = host(Some(r#"{"ways":["guest","token"]}"#)).await;
        let expired = json!({ "sub": "ada", "name": "Ada", "exp": 1 }).to_string();
        let expired = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, expired);
        ada.open(&format!("{address}/#token=e30.{expired}.x")).await;
        ada.reads("#account-title", "Your sign-in has expired").await;
        ada.reads("#sign-out", "Play without a link").await;
        ada.click("#sign-out").await;
        ada.sees("#welcome #guest-hint").await;
        says_name(Hand::Mouse, &ada, "Ada").await;
    };
    witnessed(&failures(), &[&ada], story).await;
}
