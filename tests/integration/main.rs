//! All integration tests in one binary: linking the SDK once is what takes time.

mod alarms;
mod architecture;
mod browser;
mod guests;
mod project;
mod projections;
mod serve;
mod stack;
mod store;
mod stranger;
mod tokens;
