//! The number of frames that an attribute adds to a backtrace for each async function.

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

fn frames(backtrace: Result<String, std::fmt::Error>) -> usize {
    let is_frame = |line: &&str| {
        let number = line.trim_start().split_once(": ");
        number.is_some_and(|(number, _)| number.parse::<u32>().is_ok())
    };
    backtrace.unwrap().lines().filter(is_frame).count()
}

/// How many frames ten levels have.
macro_rules! of_ten_levels {
    ($name:ident) => {
        frames($name(10).await) - frames($name(0).await)
    };
}

#[tokio::test]
async fn attribute_adds_two_frames_for_each_async_function() {
    let subscriber = tracing_subscriber::registry();
    let _default = tracing::subscriber::set_default(subscriber);
    let plain = of_ten_levels!(plain);
    assert!(plain >= 10, "{plain}");
    assert_eq!(of_ten_levels!(with_user), plain + 20);
    assert_eq!(of_ten_levels!(traced), plain + 20);
    // The closure that looks at the result is called where the future is ready, and is no frame of
    // what is inside.
    assert_eq!(of_ten_levels!(failing), plain + 20);
}
