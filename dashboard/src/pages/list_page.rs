//! One page of a list whose rows have a name.

use whose_store::Rows;

use super::page_error::PageError;
use crate::values::escape;

/// One page of a list.
#[derive(Debug)]
pub(super) struct ListPage<T> {
    pub(super) rows: Vec<T>,
    /// The number of rows that follow.
    pub(super) more: u64,
    /// The name of the last row, if more follow: the key of the next page.
    pub(super) next: Option<String>,
}

impl<T> Default for ListPage<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            more: 0,
            next: None,
        }
    }
}

impl<T> ListPage<T> {
    /// The first `max_rows` rows, or those after the row with the name `after`. The query of the rows has
    /// no limit: they are read on demand.
    pub(super) fn read(
        mut rows: Rows<'_, T>,
        after: Option<&str>,
        max_rows: usize,
        name: impl Fn(&T) -> String,
    ) -> Result<Self, PageError> {
        if let Some(after) = after {
            loop {
                match rows.next().transpose()? {
                    Some(row) if name(&row) == after => break,
                    Some(_) => {}
                    None => {
                        let reason = format!("the list has no row {} any more", escape(after));
                        return Err(PageError::NotFound(reason));
                    }
                }
            }
        }
        let page = rows
            .by_ref()
            .take(max_rows)
            .collect::<Result<Vec<T>, _>>()?;
        let more = rows.remaining()?.count;
        let last = page.last().filter(|_| more > 0);
        Ok(Self {
            next: last.map(name),
            rows: page,
            more,
        })
    }
}
