//! What must be done and when: the ports that adapters implement, the budgets
//! every call passes, the schedule of reading, the journals and the driver of operations.
//!
//! Knows no SDK and no screen.

pub mod audit;
pub mod clock;
pub mod driver;
mod forge_plan;
pub mod forge_reader;
pub mod forge_schedule;
mod forge_turn;
pub mod here;
pub mod journal;
pub mod lease;
pub mod limit;
pub mod lock_file;
pub mod looking;
pub mod operation_lock;
pub mod operations;
pub mod output;
pub mod output_logs;
pub mod port;
pub mod process;
mod program;
mod read_anew;
pub mod reader;
pub mod renewed;
pub mod router;
pub mod running;
pub mod schedule;
pub mod standby;
pub mod state_file;
pub mod tails;
mod writing;

pub use writing::LONGEST_WRITE;
