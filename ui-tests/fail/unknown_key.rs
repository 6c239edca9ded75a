use whose::with_user;

#[whose::trace(sesion_id = "s", user_id = "u")]
fn near() {}

#[whose::trace(tenant = "t")]
fn far() {}

#[with_user(id = "u", atrs(plan = "pro"))]
fn list() {}

#[with_user(anonimous)]
fn flag() {}

#[whose::trace(ret, skip_all)]
fn of_instrument() -> u8 {
    1
}

fn main() {
    near();
    far();
    list();
    flag();
    of_instrument();
}
