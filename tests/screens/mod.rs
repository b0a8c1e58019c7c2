//! Keys in, screens out: the console driven through its real loop.

mod flows;
mod pictures;
mod promotions;
mod properties;
mod runtime;
mod sources;
mod systems;
mod troubles;
mod writes;
