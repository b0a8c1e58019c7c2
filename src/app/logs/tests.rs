//! How the Logs screen changes, without a screen.
