//! The limits of chess positions and files.

/// Characters of a chess position in FEN; the longest legal one has fewer.
pub const FEN_LENGTH_MAX: usize = 100;
/// Tags of one game that is read from PGN.
pub const PGN_TAGS_MAX: usize = 64;
/// Characters of a tag's value in PGN; what is beyond is cut off.
pub const PGN_TAG_LENGTH_MAX: usize = 255;
/// Moves by both sides in one game that is read from PGN; the rule of 75 moves lets no game become longer.
pub const PGN_MOVES_MAX: usize = 17_697;
/// Depth of variations within variations in PGN.
pub const PGN_VARIATION_DEPTH_MAX: usize = 100;
