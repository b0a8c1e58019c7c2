//! The adapter on raw answers, as GitHub, its enterprise servers and what stands before them give them.

mod queries;
mod reading;
mod record;
mod writing;
