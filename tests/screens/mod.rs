//! Keys in, screens out: the console driven through its real loop.

mod flows;
mod locks;
mod migrations;
mod pictures;
mod promotions;
mod properties;
mod rules;
mod runtime;
mod sources;
mod troubles;
mod writes;
