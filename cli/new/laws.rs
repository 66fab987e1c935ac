//! The laws that hold for every game, tried on the kinds of this project.

turnlog::testing::laws!(__CRATE__::kinds());
