use whose::AsId;

#[derive(AsId)]
struct Two(u8, u8);

#[derive(AsId)]
struct None;

#[derive(AsId)]
enum Either {
    A(u8),
}

fn main() {}
