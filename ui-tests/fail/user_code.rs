// Mistakes in the body are reported at their location.
#[whose::trace(user_id = "u")]
async fn wrong_type() -> String {
    1
}

#[whose::trace(user_id = "u", output)]
fn wrong_type_at_once() -> String {
    1
}

#[whose::with_user("u")]
fn no_value() -> String {
    let a = 1;
}

#[whose::trace(user_id = missing)]
async fn missing_name() {}

#[whose::trace(user_id = n.first_name())]
fn missing_method(n: u8) {}

#[whose::trace(user_id = "u")]
async fn question_mark() {
    "1".parse::<u8>()?;
}

fn main() {}
