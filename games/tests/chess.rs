//! Chess: the rules, the counts of positions that everybody knows, games that were really played, and PGN.

#[path = "chess/draws.rs"]
mod draws;
#[path = "chess/files.rs"]
mod files;
#[path = "chess/games.rs"]
mod games;
#[path = "chess/notation.rs"]
mod notation;
#[path = "chess/perft.rs"]
mod perft;
#[path = "chess/positions.rs"]
mod positions;
#[path = "chess/rules.rs"]
mod rules;
