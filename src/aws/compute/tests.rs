//! Target groups and tagged instances on canned answers.
