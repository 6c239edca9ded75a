//! An attribute adds two frames to a backtrace for each async function.

use std::backtrace::Backtrace;

macro_rules! nested {
    ($name:ident, $(#[$attr:meta])*) => {
        $(#[$attr])*
        async fn $name(depth: u32) -> Result<String, std::fmt::Error> {
            match depth {
                0 => Ok(Backtrace::force_capture().to_string()),
                depth => Box::pin($name(depth - 1)).await,
            }
        }
    };
}

nested!(plain,);
nested!(with_user, #[whose::with_user("alice")]);
nested!(traced, #[whose::trace]);
nested!(failing, #[whose::trace(user_id = "alice", err)]);

fn count_frames(backtrace: Result<String, std::fmt::Error>) -> usize {
    let is_frame = |line: &&str| {
        let number = line.trim_start().split_once(": ");
        number.is_some_and(|(number, _)| number.parse::<u32>().is_ok())
    };
    backtrace.unwrap().lines().filter(is_frame).count()
}

/// The number of backtrace frames that ten nested calls add.
macro_rules! frames_of_ten_calls {
    ($name:ident) => {
        count_frames($name(10).await) - count_frames($name(0).await)
    };
}

#[tokio::test]
async fn attribute_adds_two_frames_for_each_async_function() {
    let subscriber = tracing_subscriber::registry();
    let _default = tracing::subscriber::set_default(subscriber);
    let plain = frames_of_ten_calls!(plain);
    assert!(plain >= 10, "{plain}");
    assert_eq!(frames_of_ten_calls!(with_user), plain + 20);
    assert_eq!(frames_of_ten_calls!(traced), plain + 20);
    // The closure that reads the result runs after the inner future completes, so `err` adds no
    // frame.
    assert_eq!(frames_of_ten_calls!(failing), plain + 20);
}
