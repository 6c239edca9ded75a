//! The figures of the future sizes, which need no sample.

use crate::benchmark::Unit;
use crate::catalog;
use crate::results::Figure;
use crate::rows::future_sizes::FutureSize;
use crate::rows::polls;

/// Returns the bytes that each wrapper and each attribute adds to a future.
#[must_use]
pub fn future_sizes() -> Vec<Figure> {
    let figure = |size: FutureSize| {
        let bytes = size.bytes as f64;
        Figure::new(
            polls::ROW,
            size.case,
            size.contender,
            size.role,
            bytes,
            Unit::Bytes,
        )
    };
    catalog::future_sizes().into_iter().map(figure).collect()
}
