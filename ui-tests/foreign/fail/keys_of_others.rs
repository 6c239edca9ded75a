// Each key of an attribute of another crate is one error, with the matching key of `whose`.
#[whose::trace(properties = { "user.id": "{user}" })]
fn fastrace(user: &str) {}

#[whose::trace(skip_all, ret, err(level = "loud"))]
fn tracing(user: &str) -> Result<(), String> {
    Ok(())
}

#[whose::trace(output(level = "info", level = "warn"), err(Display, Debug))]
fn twice(user: &str) -> Result<(), String> {
    Ok(())
}

fn main() {}
