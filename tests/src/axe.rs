//! axe-core: the usual check of a page for people who hear it, speak to it, or use it with the keyboard alone.

use std::{fs::read_to_string, io::Write};

use serde_json::{Value, json};

use crate::{browser::VARIABLE, page::Page, stack::root};

/// Checks the page by every rule that there is, also those that are off by default, but for those that are left out. What fades in
/// has too little contrast until it is there.
const CHECK: &str = "const [leftOut, done] = arguments;
    const rules = axe.getRules().map(({ ruleId }) => [ruleId, { enabled: !leftOut.includes(ruleId) }]);
    const ends = ({ effect }) => effect.getComputedTiming().endTime !== Infinity;
    const still = document.getAnimations().filter(ends).map(({ finished }) => finished.catch(() => {}));
    const options = { rules: Object.fromEntries(rules), resultTypes: ['violations'] };
    Promise.all(still).then(() => axe.run(document, options)).then(
      ({ violations }) => done(violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => id + ' at ' + target.join(' ') + ': ' + failureSummary))),
      (error) => done(['axe-core failed: ' + error]));";

/// The rules of axe-core, to be held to pages.
#[derive(Debug)]
pub struct Axe {
    source: String,
}

impl Axe {
    /// Finds it among the packages of the JavaScript client, or says that this test is skipped because it is not installed.
    ///
    /// # Panics
    /// When it is absent although `TURNLOG_BROWSER` is `required`.
    pub fn find(test: &str) -> Option<Self> {
        if let Ok(source) = read_to_string(root().join("client/node_modules/axe-core/axe.min.js")) {
            return Some(Self { source });
        }
        assert!(std::env::var(VARIABLE).as_deref() != Ok("required"), "npm --prefix client ci installs axe-core");
        let line = format!("SKIPPED: {test}: axe-core is not installed (npm --prefix client ci)\n");
        std::io::stderr().write_all(line.as_bytes()).expect("standard error can be written");
        None
    }

    /// What is wrong with the page as it is now, by every rule but those that are left out.
    ///
    /// # Panics
    /// When the browser does not tell.
    pub async fn violations(&self, page: &Page, left_out: &[&str]) -> Vec<String> {
        if page.run("return typeof axe", json!([])).await.as_ref() != Ok(&json!("object")) {
            page.run(&self.source, json!([])).await.expect("the browser takes a script");
        }
        let found = page.run_async(CHECK, json!([left_out])).await.expect("axe-core runs");
        let found = found.as_array().expect("it finds a list").iter();
        found.filter_map(Value::as_str).map(str::to_owned).collect()
    }
}
