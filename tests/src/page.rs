//! One person's page in a browser of their own.

use std::{
    any::Any,
    fmt::Write,
    panic::{AssertUnwindSafe, resume_unwind},
    path::{Path, PathBuf},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use futures::FutureExt;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{browser::Driver, stack::eventually};

/// How long a story may take. Its single waits end before.
const PATIENCE: Duration = Duration::from_mins(4);
/// The key under which WebDriver hands out an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// More stops than a way through the page with the tab key has.
const TAB_STOPS: usize = 50;

/// A key that has no letter.
#[derive(Clone, Copy, Debug)]
pub enum Key {
    /// Goes on to the next thing that can be used.
    Tab,
    /// Presses the button that has the focus.
    Enter,
    /// Goes to the first of a row.
    Home,
    /// Goes one to the right.
    Right,
}

impl Key {
    fn code(self) -> char {
        match self {
            Self::Tab => '\u{e004}',
            Self::Enter => '\u{e007}',
            Self::Home => '\u{e011}',
            Self::Right => '\u{e014}',
        }
    }
}

/// One person's page. What it names is found by a CSS selector, and it waits for what is not there yet.
#[derive(Debug)]
pub struct Page {
    person: String,
    session: Driver,
}

impl Page {
    pub(crate) fn new(person: &str, session: Driver) -> Self {
        Self { person: person.to_owned(), session }
    }

    /// Opens an address.
    ///
    /// # Panics
    /// When the browser does not.
    pub async fn open(&self, address: &str) {
        self.post("/url", json!({ "url": address })).await.expect("the browser opens the address");
    }

    /// Waits until that is to be seen.
    ///
    /// # Panics
    /// When it never is.
    pub async fn sees(&self, selector: &str) {
        self.visible(selector).await;
    }

    /// Whether that is to be seen now.
    pub async fn shows(&self, selector: &str) -> bool {
        self.displayed(selector).await.is_some()
    }

    /// Waits until that reads so.
    ///
    /// # Panics
    /// When it never does.
    pub async fn reads(&self, selector: &str, text: &str) {
        let what = format!("{} reads {text:?} at {selector}", self.person);
        eventually(&what, || async { (self.text(selector).await.ok()?.as_str()? == text).then_some(()) }).await;
    }

    /// Waits until it can be clicked, and clicks it.
    ///
    /// # Panics
    /// When it never can be.
    pub async fn click(&self, selector: &str) {
        let what = format!("{} clicks {selector}", self.person);
        // On a phone an offer covers what lies at the lower edge of the window. A person scrolls then.
        let scroll = "document.querySelector(arguments[0])?.scrollIntoView({ block: 'center' })";
        let click = || async {
            match self.act(selector, "click", json!({})).await {
                Ok(_) => Some(()),
                Err(_) => self.run(scroll, json!([selector])).await.ok().and(None),
            }
        };
        eventually(&what, click).await;
    }

    /// Writes into a field.
    ///
    /// # Panics
    /// When there never is such a field.
    pub async fn write(&self, selector: &str, text: &str) {
        let what = format!("{} writes into {selector}", self.person);
        eventually(&what, || async { self.act(selector, "value", json!({ "text": text })).await.ok() }).await;
    }

    /// Writes into a field in the place of what stands there.
    ///
    /// # Panics
    /// When there never is such a field.
    pub async fn overwrite(&self, selector: &str, text: &str) {
        let what = format!("{} empties {selector}", self.person);
        eventually(&what, || async { self.act(selector, "clear", json!({})).await.ok() }).await;
        self.write(selector, text).await;
    }

    /// What stands in a field.
    ///
    /// # Panics
    /// When there never is such a field.
    pub async fn value(&self, selector: &str) -> String {
        let field = self.visible(selector).await;
        let value = self.get(&format!("/element/{field}/property/value")).await.expect("a field has a value");
        value.as_str().expect("it is a text").to_owned()
    }

    /// What is to be read there.
    ///
    /// # Panics
    /// When there never is anything.
    pub async fn text_of(&self, selector: &str) -> String {
        let what = format!("{} finds something to read at {selector}", self.person);
        let text =
            || async { self.text(selector).await.ok()?.as_str().filter(|text| !text.is_empty()).map(str::to_owned) };
        eventually(&what, text).await
    }

    /// What an attribute of that says, if there is such a thing now.
    pub async fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        let element = self.element(selector).await.ok()?;
        let value = self.get(&format!("/element/{element}/attribute/{name}")).await.ok()?;
        value.as_str().map(str::to_owned)
    }

    /// Loads the page again.
    ///
    /// # Panics
    /// When the browser does not.
    pub async fn reload(&self) {
        self.post("/refresh", json!({})).await.expect("the browser loads the page again");
    }

    /// Presses a key, wherever the focus is.
    ///
    /// # Panics
    /// When the browser does not.
    pub async fn press(&self, key: Key) {
        let strokes = ["keyDown", "keyUp"].map(|stroke| json!({ "type": stroke, "value": key.code() }));
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": strokes });
        self.post("/actions", json!({ "actions": [keyboard] })).await.expect("the browser takes a key");
    }

    /// Goes there with the tab key, from where the focus is.
    ///
    /// # Panics
    /// When that way does not lead there.
    pub async fn tab_to(&self, selector: &str) {
        self.sees(selector).await;
        for _ in 0..TAB_STOPS {
            if self.has_focus(selector).await {
                return;
            }
            self.press(Key::Tab).await;
        }
        panic!("{} never comes to {selector} with the tab key", self.person);
    }

    /// When the page was loaded: it tells whether it was loaded again since.
    ///
    /// # Panics
    /// When there is no page.
    pub async fn loaded_at(&self) -> Value {
        self.run("return performance.timeOrigin", json!([])).await.expect("every page knows when it was loaded")
    }

    /// Waits until that is gone or hidden.
    ///
    /// # Panics
    /// When it never is.
    pub async fn misses(&self, selector: &str) {
        let what = format!("{} does not see {selector} any more", self.person);
        eventually(&what, || async { self.displayed(selector).await.is_none().then_some(()) }).await;
    }

    /// Waits until the focus is there.
    ///
    /// # Panics
    /// When it never is.
    pub async fn holds(&self, selector: &str) {
        let what = format!("{} has the focus at {selector}", self.person);
        eventually(&what, || async { self.has_focus(selector).await.then_some(()) }).await;
    }

    /// Where that stands in the window, from its upper edge, in CSS pixels.
    ///
    /// # Panics
    /// When there never is such a thing.
    pub async fn top_of(&self, selector: &str) -> i64 {
        let [_, top] = self.place_of(selector).await;
        top
    }

    /// Where that stands in the window, from its left and its upper edge, in CSS pixels.
    ///
    /// # Panics
    /// When there never is such a thing.
    pub async fn place_of(&self, selector: &str) -> [i64; 2] {
        self.sees(selector).await;
        let script = "const { left, top } = document.querySelector(arguments[0]).getBoundingClientRect();
            return [Math.round(left), Math.round(top)]";
        let place = self.run(script, json!([selector])).await.expect("it is there");
        [0, 1].map(|axis| place[axis].as_i64().expect("a rounded place is a whole number"))
    }

    /// Whether all of that is within the window.
    ///
    /// # Panics
    /// When there never is such a thing.
    pub async fn is_within_window(&self, selector: &str) -> bool {
        self.sees(selector).await;
        let script =
            "const { top, left, bottom, right } = document.querySelector(arguments[0]).getBoundingClientRect();
            return top >= 0 && left >= 0 && bottom <= innerHeight && right <= innerWidth";
        self.run(script, json!([selector])).await.expect("it is there") == true
    }

    /// Whether nothing stands before the middle of that.
    ///
    /// # Panics
    /// When there never is such a thing.
    pub async fn is_clear(&self, selector: &str) -> bool {
        self.sees(selector).await;
        let script = "const shown = document.querySelector(arguments[0]);
            const { left, top, width, height } = shown.getBoundingClientRect();
            return shown.contains(document.elementFromPoint(left + width / 2, top + height / 2))";
        self.run(script, json!([selector])).await.expect("it is there") == true
    }

    /// Where the window is, and what it is asked for there.
    ///
    /// # Panics
    /// When there is no page.
    pub async fn address(&self) -> String {
        self.get("/url").await.expect("a window has an address").as_str().expect("it is a text").to_owned()
    }

    /// Goes over to another window of this browser, as they were opened.
    ///
    /// # Panics
    /// When it never opens.
    pub async fn window(&self, number: usize) {
        let handle = || async { self.get("/window/handles").await.ok()?.get(number).cloned() };
        let handle = eventually(&format!("{} has window {number}", self.person), handle).await;
        self.post("/window", json!({ "handle": handle })).await.expect("the browser goes there");
    }

    /// The network of this browser is gone, or back.
    ///
    /// # Panics
    /// When the browser does not do so.
    pub async fn network(&self, is_there: bool) {
        let conditions =
            json!({ "offline": !is_there, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.devtools("Network.emulateNetworkConditions", conditions).await;
    }

    /// It is night, for pages that look otherwise then.
    ///
    /// # Panics
    /// When the browser does not do so.
    pub async fn night(&self) {
        let dark = json!({ "name": "prefers-color-scheme", "value": "dark" });
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": [dark] })).await;
    }

    async fn devtools(&self, command: &str, parameters: Value) {
        let command = json!({ "cmd": command, "params": parameters });
        self.post("/goog/cdp/execute", command).await.expect("Chromium knows the command");
    }

    /// The errors in the page's console since the last call.
    ///
    /// # Panics
    /// When the browser does not tell.
    pub async fn console_errors(&self) -> Vec<String> {
        let entries = self.post("/se/log", json!({ "type": "browser" })).await.expect("the browser keeps a log");
        let entries = entries.as_array().expect("a log is a list").iter();
        let errors = entries.filter(|entry| entry["level"] == "SEVERE");
        errors.map(|entry| entry["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Which directive of the page's policy keeps it from opening a WebSocket there.
    ///
    /// # Panics
    /// When none does.
    pub async fn kept_from(&self, address: &str) -> String {
        let script = "const [address, done] = arguments; \
                      const kept = (event) => done(event.effectiveDirective); \
                      document.addEventListener('securitypolicyviolation', kept, { once: true }); \
                      new WebSocket(address).onopen = () => done('nothing');";
        let asked = json!({ "script": script, "args": [address] });
        let directive = self.post("/execute/async", asked).await.expect("the policy speaks, or the socket opens");
        directive.as_str().expect("a directive has a name").to_owned()
    }

    /// Keeps a picture of what is to be seen now.
    ///
    /// # Errors
    /// When the browser does not answer, or the file cannot be written: a failing test has something else to say.
    pub async fn photograph(&self, file: &Path) -> Result<(), String> {
        let picture = self.get("/screenshot").await?;
        let picture = STANDARD.decode(picture.as_str().unwrap_or_default()).map_err(|error| error.to_string())?;
        std::fs::write(file, picture).map_err(|error| error.to_string())
    }

    async fn visible(&self, selector: &str) -> String {
        eventually(&format!("{} sees {selector}", self.person), || self.displayed(selector)).await
    }

    async fn displayed(&self, selector: &str) -> Option<String> {
        let element = self.element(selector).await.ok()?;
        let is_displayed = self.get(&format!("/element/{element}/displayed")).await.ok()?;
        (is_displayed == true).then_some(element)
    }

    async fn has_focus(&self, selector: &str) -> bool {
        let script = "return document.activeElement?.matches(arguments[0]) ?? false";
        self.run(script, json!([selector])).await.expect("the selector is good") == true
    }

    async fn element(&self, selector: &str) -> Result<String, String> {
        let found = self.post("/element", json!({ "using": "css selector", "value": selector })).await?;
        Ok(found[ELEMENT].as_str().expect("an element has a name").to_owned())
    }

    async fn text(&self, selector: &str) -> Result<Value, String> {
        let element = self.element(selector).await?;
        self.get(&format!("/element/{element}/text")).await
    }

    async fn act(&self, selector: &str, action: &str, parameters: Value) -> Result<Value, String> {
        let element = self.element(selector).await?;
        self.post(&format!("/element/{element}/{action}"), parameters).await
    }

    pub(crate) async fn run(&self, script: &str, arguments: Value) -> Result<Value, String> {
        self.post("/execute/sync", json!({ "script": script, "args": arguments })).await
    }

    /// Runs a script that calls its last argument with its result.
    pub(crate) async fn run_async(&self, script: &str, arguments: Value) -> Result<Value, String> {
        self.post("/execute/async", json!({ "script": script, "args": arguments })).await
    }

    async fn get(&self, path: &str) -> Result<Value, String> {
        self.session.command(Method::GET, path, Value::Null).await
    }

    async fn post(&self, path: &str, parameters: Value) -> Result<Value, String> {
        self.session.command(Method::POST, path, parameters).await
    }
}

/// Lives through a story. When it fails, every page leaves a picture in the folder, and the failure names the files.
///
/// # Panics
/// When the story fails.
pub async fn witnessed(folder: &Path, pages: &[&Page], story: impl Future<Output = ()>) {
    let story = async { timeout(PATIENCE, story).await.expect("the story ends in time") };
    let Err(failure) = AssertUnwindSafe(story).catch_unwind().await else { return };
    let mut report = match reason(failure.as_ref()) {
        Some(reason) => reason.to_owned(),
        None => resume_unwind(failure),
    };
    std::fs::create_dir_all(folder).expect("the folder can be made");
    for page in pages {
        let _ = match picture(folder, page).await {
            Ok(file) => write!(report, "\n{} saw: {}", page.person, file.display()),
            Err(error) => write!(report, "\nno picture of {}: {error}", page.person),
        };
    }
    panic!("{report}");
}

async fn picture(folder: &Path, page: &Page) -> Result<PathBuf, String> {
    let test = std::thread::current().name().unwrap_or("test").replace("::", "-");
    let file = folder.join(format!("{test}-{}.png", page.person));
    page.photograph(&file).await.map(|()| file)
}

fn reason(failure: &(dyn Any + Send)) -> Option<&str> {
    failure.downcast_ref::<String>().map(String::as_str).or_else(|| failure.downcast_ref::<&str>().copied())
}
