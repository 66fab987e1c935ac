//! Chess: the rules, the counts of positions that everybody knows, and PGN.

#[path = "chess/notation.rs"]
mod notation;
#[path = "chess/perft.rs"]
mod perft;
#[path = "chess/rules.rs"]
mod rules;
