//! Seconds that were written lately.
//!
//! A live tail looks at the last half minute every second: without this, each
//! line would be made up thirty times.

use std::collections::HashMap;
use std::sync::Arc;

use super::stream::{READABLE, Stream};
use super::write::{self, LATEST, Line, second_of};
use crate::moment::{Moment, SECOND};
use crate::world::World;

/// No more than this many seconds of streams are kept.
const MOST: usize = 60_000;
/// And no more than this many lines.
const MOST_LINES: usize = 200_000;

/// The seconds, by file, instance and number.
#[derive(Debug, Default)]
pub struct Shelf {
    written: HashMap<(&'static str, u64, i64), Arc<[Line]>>,
    lines: usize,
}

/// The lines of a second, which has to be over.
fn lines(world: &mut World, stream: &Stream, second: i64) -> Arc<[Line]> {
    let key = (stream.file.path, stream.life.instance, second);
    if let Some(known) = world.logs.shelf.written.get(&key) {
        return Arc::clone(known);
    }
    let lines: Arc<[Line]> = write::second(world, stream, second).into();
    let shelf = &mut world.logs.shelf;
    if shelf.written.len() >= MOST || shelf.lines >= MOST_LINES {
        *shelf = Shelf::default();
    }
    shelf.lines += lines.len();
    shelf.written.insert(key, Arc::clone(&lines));
    lines
}

/// The seconds from one moment to another that are over by now and in which the stream lived.
fn seconds(world: &World, stream: &Stream, from: Moment, to: Moment) -> std::ops::Range<i64> {
    let over = second_of(world, world.now);
    let last = stream.life.until.map_or(to, |until| to.min(until));
    let from = from.max(stream.life.from).max(world.now.plus(-READABLE));
    second_of(world, from)..(second_of(world, last) + 1).min(over)
}

/// The lines that a stream wrote from one moment to another (exclusive), in the order of their time.
pub fn written(world: &mut World, stream: &Stream, from: Moment, to: Moment, mut each: impl FnMut(&Line)) {
    for second in seconds(world, stream, from, to.plus(-1)) {
        lines(world, stream, second).iter().filter(|line| from <= line.at && line.at < to).for_each(&mut each);
    }
}

/// The lines that the service took in after one moment and up to another.
pub fn taken_in(world: &mut World, stream: &Stream, after: Moment, until: Moment, mut each: impl FnMut(&Line)) {
    // What is taken in was written in a second that is over: none is missed.
    for second in seconds(world, stream, after.plus(-(LATEST + SECOND)), until) {
        lines(world, stream, second).iter().filter(|line| after < line.ingested && line.ingested <= until).for_each(&mut each);
    }
}
