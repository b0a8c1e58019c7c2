//! Keys in, screens out: the console driven through its real loop.

mod acting;
mod confirming;
mod flows;
mod hazards;
mod instances;
mod locks;
mod logs;
mod merges;
mod migrations;
mod operations;
mod pictures;
mod promotions;
mod properties;
mod remembered;
mod rolling;
mod rules;
mod runtime;
mod sources;
mod systems;
mod tags;
mod troubles;
mod views;
mod writes;
