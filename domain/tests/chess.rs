//! Chess: the rules, and the counts of positions that everybody knows.

#[path = "chess/perft.rs"]
mod perft;
#[path = "chess/rules.rs"]
mod rules;
