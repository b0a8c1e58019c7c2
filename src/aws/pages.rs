//! Answers of several pages, followed to their end.

use futures_util::future::BoxFuture;

use super::call::{Answer, Line, Operation};
use super::error;

/// How many pages of one answer are followed; beyond that something is wrong.
const MOST_PAGES: usize = 50;

/// One page's rows, and where the next page is.
pub type Page<T> = (Vec<T>, Option<String>);

/// Every row, under the stamp of the first page; a page that fails fails the whole of it.
pub async fn all<'a, T>(
    line: &Line,
    operation: Operation<'_>,
    mut page: impl FnMut(Option<String>) -> BoxFuture<'a, Answer<Page<T>>> + Send,
) -> Answer<Vec<T>> {
    let Answer { stamp, told } = page(None).await;
    let (mut rows, mut next) = match told {
        Ok(first) => first,
        Err(fault) => return Answer { stamp, told: Err(fault) },
    };
    for _ in 1..MOST_PAGES {
        let Some(token) = next.take().filter(|token| !token.is_empty()) else { return Answer { stamp, told: Ok(rows) } };
        match page(Some(token.clone())).await.told {
            Ok((_, again)) if again.as_ref() == Some(&token) => {
                return Answer { stamp, told: Err(error::incomplete(line, operation, "its pages go in a circle")) };
            }
            Ok((more, after)) => {
                rows.extend(more);
                next = after;
            }
            Err(fault) => return Answer { stamp, told: Err(fault) },
        }
    }
    let told =
        if next.is_some_and(|token| !token.is_empty()) { Err(error::incomplete(line, operation, "it has no end")) } else { Ok(rows) };
    Answer { stamp, told }
}
