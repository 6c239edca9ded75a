struct Opaque;

#[whose::trace(err, output)]
fn nothing() {}

#[whose::trace(err)]
fn tuple() -> (u8, u8) {
    (1, 2)
}

#[whose::trace(err)]
async fn number() -> u8 {
    1
}

#[whose::trace(err)]
fn opaque() -> Result<u8, Opaque> {
    Ok(1)
}

#[whose::trace(err(display))]
fn mode() -> Result<u8, String> {
    Ok(1)
}

fn main() {}
