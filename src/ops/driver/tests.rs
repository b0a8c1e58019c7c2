//! The engine as a whole, in a world in memory with a paused clock: random plans, random weather, killed at any moment.

mod cases;
mod desk;
mod hindered;
mod outcomes;
mod run;
mod sweep;
mod world;
