// Keys of the attributes of other crates: each is one mistake, with what to write here.
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
