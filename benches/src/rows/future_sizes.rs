//! Part of row `polls`: the bytes that a wrapper or an attribute adds to a future.

use std::hint::black_box;

use whose::ScopeExt;

use super::inputs::ID;
use crate::benchmark::Role;

/// One function.
pub const ONE: &str = "bytes that the future grows by";
/// Ten functions; each awaits the one before and returns a `Result`.
pub const TEN: &str = "bytes that the future grows by, ten functions deep";

/// The size of one contender.
#[derive(Clone, Copy, Debug)]
pub struct FutureSize {
    /// The case: [`ONE`] or [`TEN`].
    pub case: &'static str,
    /// The wrapper or the attribute.
    pub contender: &'static str,
    /// The role of the contender.
    pub role: Role,
    /// Bytes in addition to those of the plain functions.
    pub bytes: usize,
}

impl FutureSize {
    /// Creates the size of a future that has `total` bytes.
    pub(crate) fn new(
        case: &'static str,
        contender: &'static str,
        role: Role,
        total: usize,
    ) -> Self {
        let plain = if case == ONE {
            size_of_val(&holding(STATE))
        } else {
            size_of_val(&plain_ten(STATE))
        };
        Self {
            case,
            contender,
            role,
            bytes: total.saturating_sub(plain),
        }
    }
}

/// The state that a future holds while it waits.
pub type State = [u64; 5];
/// An arbitrary state.
pub const STATE: State = [1, 2, 3, 4, 5];

/// An async function that holds its state while it waits.
pub async fn holding(state: State) -> u64 {
    std::future::pending::<()>().await;
    black_box(state).len() as u64
}

/// The result of each of the ten functions; it is never an error.
pub type TenResult = Result<u64, std::fmt::Error>;

/// The innermost of the ten functions.
///
/// # Errors
/// Never returns an error.
pub async fn leaf(state: State) -> TenResult {
    Ok(holding(state).await)
}

/// Defines ten async functions with an attribute; each awaits the one before.
///
/// The outermost function has the given name.
macro_rules! ten_deep {
    ($name:ident, $(#[$attr:meta])*) => {
        async fn $name(
            state: $crate::rows::future_sizes::State,
        ) -> $crate::rows::future_sizes::TenResult {
            use $crate::rows::future_sizes::leaf;
            $crate::rows::future_sizes::ten_deep!(@level f1 leaf $(#[$attr])*);
            $crate::rows::future_sizes::ten_deep!(@level f2 f1 $(#[$attr])*);
            $crate::rows::future_sizes::ten_deep!(@level f3 f2 $(#[$attr])*);
            $crate::rows::future_sizes::ten_deep!(@level f4 f3 $(#[$attr])*);
            $crate::rows::future_sizes::ten_deep!(@level f5 f4 $(#[$attr])*);
            $crate::rows::future_sizes::ten_deep!(@level f6 f5 $(#[$attr])*);
            $crate::rows::future_sizes::ten_deep!(@level f7 f6 $(#[$attr])*);
            $crate::rows::future_sizes::ten_deep!(@level f8 f7 $(#[$attr])*);
            $crate::rows::future_sizes::ten_deep!(@level f9 f8 $(#[$attr])*);
            $crate::rows::future_sizes::ten_deep!(@level f10 f9 $(#[$attr])*);
            f10(state).await
        }
    };
    (@level $name:ident $inner:ident $(#[$attr:meta])*) => {
        $(#[$attr])*
        async fn $name(
            state: $crate::rows::future_sizes::State,
        ) -> $crate::rows::future_sizes::TenResult {
            $inner(state).await
        }
    };
}

pub(crate) use ten_deep;

/// [`holding`] with an attribute of `whose`.
#[whose::with_user(id = ID)]
async fn with_user(state: State) -> u64 {
    std::future::pending::<()>().await;
    black_box(state).len() as u64
}

ten_deep!(plain_ten,);
ten_deep!(with_user_ten, #[whose::with_user(id = ID)]);
ten_deep!(traced_ten, #[whose::trace]);
ten_deep!(traced_err_ten, #[whose::trace(err)]);
ten_deep!(traced_err_output_ten, #[whose::trace(err, output)]);

/// The sizes of `whose`.
pub(crate) fn future_sizes() -> Vec<FutureSize> {
    let ours = |case, contender, total| FutureSize::new(case, contender, Role::Ours, total);
    vec![
        ours(
            ONE,
            "whose with_scope",
            size_of_val(&holding(STATE).with_scope(whose::user(ID))),
        ),
        ours(ONE, "#[whose::with_user]", size_of_val(&with_user(STATE))),
        ours(
            TEN,
            "#[whose::with_user]",
            size_of_val(&with_user_ten(STATE)),
        ),
        ours(TEN, "#[whose::trace]", size_of_val(&traced_ten(STATE))),
        ours(
            TEN,
            "#[whose::trace(err)]",
            size_of_val(&traced_err_ten(STATE)),
        ),
        ours(
            TEN,
            "#[whose::trace(err, output)]",
            size_of_val(&traced_err_output_ten(STATE)),
        ),
    ]
}
