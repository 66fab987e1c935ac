//! The laws that hold for every kind, on the six.

turnlog::testing::laws!(turnlog_games::kinds());
